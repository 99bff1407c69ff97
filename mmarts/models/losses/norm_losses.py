# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""How large predicted parameters are (INT, ICLR 2023, section 3.4)."""
import torch
from torch import Tensor, nn

from mmarts.registry import MODELS
from .masked_losses import MaskedL1Loss


@MODELS.register_module()
class FrameNormLoss(MaskedL1Loss):
    """``|theta| + |beta|`` of a frame, mean over frames: the paper's.

    The norms are as the paper prints them, not squared.
    """

    @staticmethod
    def summed(error: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        return error.sum(), weight[..., 0].bool().sum()


@MODELS.register_module()
class FrobeniusNormLoss(nn.Module):
    """One norm of the whole batch, over its frames: the release's.

    It shrinks with the square root of the batch. Every process takes its
    own batch.

    Args:
        loss_weight: Factor.
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, pred: Tensor, target: Tensor, valid: Tensor) -> Tensor:
        """Scalar loss.

        Args:
            pred: ``(..., N)`` norms of the parts of a frame's parameters.
            target: What they should be: 0.
            valid: ``(...)`` frames that count.
        """
        error = torch.where(valid[..., None].bool(), pred - target, 0.)
        frames = valid.bool().sum().clamp(min=1)
        return self.loss_weight * torch.linalg.vector_norm(error) / frames
