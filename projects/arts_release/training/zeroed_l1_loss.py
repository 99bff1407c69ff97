# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The release's L1 loss, whose masked entries count as no error."""
import torch
from torch import Tensor, nn

from mmarts.registry import MODELS


@MODELS.register_module()
class ZeroedL1Loss(nn.Module):
    """Mean of ``|pred valid - target valid|`` over *all* entries.

    ``MaskedL1Loss`` divides by the valid entries; the release by all of
    them, so a batch with many masks counts less. Batches are of one size, so
    the mean of several processes is that of one with the whole batch.

    Args:
        loss_weight: Factor.
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, pred: Tensor, target: Tensor, valid: Tensor) -> Tensor:
        """Scalar loss.

        Args:
            pred: ``(B, ...)``.
            target: The same shape; may be NaN where it is not valid.
            valid: Mask whose axes are the first ones of ``pred``.
        """
        valid = valid.bool().reshape(*valid.shape,
                                     *[1] * (pred.dim() - valid.dim()))
        # The gradient of a NaN that is masked afterwards is 0 * NaN.
        error = (pred - torch.where(valid, target, pred.detach())).abs()
        return self.loss_weight * torch.where(valid, error, 0.).mean()
