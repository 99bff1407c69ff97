# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Squared errors summed over a frame, as HMR's line of work has them."""
from torch import Tensor

from mmarts.registry import MODELS
from .masked_losses import MaskedMSELoss


@MODELS.register_module()
class FrameSquaredLoss(MaskedMSELoss):
    """Squared errors, summed over a frame, mean over frames.

    DSD's L2 losses (eq. 5): its weights belong to sums over a body, not to
    means over its numbers. A frame counts where anything of it is valid.
    """

    @staticmethod
    def summed(error: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        return error.sum(), weight.bool().flatten(2).any(-1).sum()
