# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Joint coordinates as the expectation of a heatmap (arXiv:1711.08229)."""
import torch
from torch import Tensor, nn

from mmarts.registry import MODELS
from mmarts.utils.precision import no_autocast, widened

# Where cell i of n lies in [-1, 1]: (2 i + offset) / n - 1.
_OFFSETS = {'centre': 1., 'release': 0.}


@MODELS.register_module()
class IntegralRegression(nn.Module):
    """Softmax over a heatmap's cells, then their mean place (DSD, eq. 2).

    Args:
        convention: ``'centre'`` puts a cell where its centre lies in the
            crop, so that an even heatmap gives 0 and heatmaps of any size
            agree. ``'release'`` is that of the authors' code: a cell's left
            and upper edge, half a cell off.

    Raises:
        ValueError: For another convention.
    """

    def __init__(self, convention: str = 'centre') -> None:
        super().__init__()
        if convention not in _OFFSETS:
            raise ValueError(f'convention should be one of {list(_OFFSETS)}, '
                             f'but is "{convention}".')
        self.offset = _OFFSETS[convention]

    def forward(self, logits: Tensor) -> Tensor:
        """Coordinates in [-1, 1], x right, y down, z along the last maps.

        Args:
            logits: ``(B, K, H, W)`` or ``(B, K, D, H, W)``.

        Returns:
            ``(B, K, 2)`` (x, y), or ``(B, K, 3)`` (x, y, z).
        """
        # In bfloat16 a place would be a multiple of a pixel.
        with no_autocast(logits):
            prob = widened(logits).flatten(2).softmax(-1).view_as(logits)
            axes = range(logits.dim() - 1, 1, -1)
            return torch.stack([self._mean(prob, axis) for axis in axes], -1)

    def _mean(self, prob: Tensor, axis: int) -> Tensor:
        """Mean place ``(B, K)`` along one axis, from its marginal."""
        others = [a for a in range(2, prob.dim()) if a != axis]
        marginal = prob.sum(others)
        size = marginal.shape[-1]
        index = torch.arange(size, dtype=prob.dtype, device=prob.device)
        return marginal @ ((2 * index + self.offset) / size - 1)
