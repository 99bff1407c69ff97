# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Where vertices are seen: PointHMR's heatmaps (CVPR 2023)."""
import torch
from torch import Tensor

from mmarts.registry import MODELS
from .masked_losses import MaskedL1Loss

# Of torch's binary cross-entropy, and of the release's Dice loss.
_MIN_LOG, _SMOOTH = -100., 1e-5


@MODELS.register_module()
class HeatmapLoss(MaskedL1Loss):
    """Cross-entropy and Dice loss of a heatmap against one pixel.

    The release enlarges a heatmap ``scale`` times by repeating cells, takes
    the softmax ``p`` over all pixels and compares it with 1 at the target's
    pixel and 0 elsewhere: the binary cross-entropy, mean over pixels, and
    ``1 - (p_t + e) / (1 + e)``. A repeated cell is that many equal parts
    of its own softmax, so the large map need not be made.

    Vertices outside the picture have no target. The mean is over those that
    have one, in a batch without any it is 0.

    Args:
        loss_weight: Factor.
        scale: Pixels along a side of a cell; the target's resolution.
        cross_entropy, dice: Weights of the two; the release's.
        wrap: Whether a target left or right of the picture is taken for one
            in a neighbouring row, as in the release, which checks the flat
            index alone.
    """

    def __init__(self,
                 loss_weight: float = 1.0,
                 scale: int = 2,
                 cross_entropy: float = 1000.0,
                 dice: float = 1.0,
                 wrap: bool = False) -> None:
        super().__init__(loss_weight)
        self.scale, self.wrap = scale, wrap
        self.cross_entropy, self.dice = cross_entropy, dice

    def forward(self, pred: Tensor, target: Tensor, valid: Tensor) -> Tensor:
        """Scalar loss.

        Args:
            pred: ``(B, V, H, W)`` logits.
            target: ``(B, V, 2)`` in [-1, 1] of the crop; no gradient.
            valid: ``(B,)`` or ``(B, V)`` bool.
        """
        index, inside = self.pixels(target, pred.shape[-2:])
        valid = valid if valid.dim() == 2 else valid[:, None]
        of_vertex = self._of_vertices(pred, index)
        return super().forward(of_vertex, torch.zeros_like(of_vertex),
                               inside & valid.bool())

    def pixels(self, target: Tensor,
               shape: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Flat pixel of every target, and whether it has one.

        Args:
            target: ``(..., 2)`` in [-1, 1].
            shape: Cells along y and x.

        Returns:
            ``(...)`` int64, 0 where there is none, and bool.
        """
        height, width = (count * self.scale for count in shape)
        place = (target.detach() + 1) / 2 * target.new_tensor([width, height])
        # Far-off points would overflow integers, NaN has no pixel.
        place = place.nan_to_num(-1e6).clamp(-1e6, 1e6)
        x, y = (place.trunc()
                if self.wrap else place.floor()).long().unbind(-1)
        index = y * width + x
        inside = (index >= 0) & (index < height * width)
        if not self.wrap:
            inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        return index.where(inside, 0), inside

    def _of_vertices(self, logits: Tensor, index: Tensor) -> Tensor:
        """``(B, V)``."""
        width, parts = logits.shape[-1], self.scale**2
        row, column = index // (width * self.scale), index % (
            width * self.scale)
        cell = (row // self.scale) * width + column // self.scale
        log = logits.flatten(2).log_softmax(-1)
        others = torch.log1p(-log.exp() / parts)
        log_target = log.gather(-1, cell[..., None])[..., 0]
        p_target = log_target.exp() / parts
        log_target = (log_target -
                      p_target.new_tensor(parts).log()).clamp(min=_MIN_LOG)
        pixels = log.shape[-1] * parts
        # One part of the target's cell is the target.
        entropy = (torch.log1p(-p_target) - log_target -
                   parts * others.sum(-1)) / pixels
        dice = 1 - (p_target + _SMOOTH) / (1 + _SMOOTH)
        return self.cross_entropy * entropy + self.dice * dice
