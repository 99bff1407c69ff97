# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Mean errors over the entries that have a target."""
import torch
from mmengine.dist import all_reduce, get_world_size
from torch import Tensor, nn

from mmarts.registry import MODELS


class _MaskedLoss(nn.Module):
    """Weighted mean of an element-wise error over valid entries.

    In training the mean is over the batch of all processes. Each divides its
    own sum by the valid entries of all and multiplies by the number of
    processes; DDP averages gradients, ``DistributedModel`` values, and both
    come out as if one process had seen the whole batch.

    Args:
        loss_weight: Factor; the lambda of the paper's sum.
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, pred: Tensor, target: Tensor, valid: Tensor) -> Tensor:
        """Scalar loss.

        Args:
            pred: ``(B, T, ...)``.
            target: The same shape.
            valid: Mask whose axes are the first ones of ``pred``. Invalid
                entries neither add to the sum nor to the count; a batch
                without any valid entry gives 0.
        """
        while valid.dim() < pred.dim():
            valid = valid[..., None]
        weight = valid.expand_as(pred)
        valid = weight.bool()
        # An invalid target may be NaN. It must go before the error is made:
        # the gradient of a NaN that is masked afterwards is 0 * NaN.
        error = self.error(pred, torch.where(valid, target, pred.detach()))
        error = torch.where(valid, error, 0.)
        total, count = self.summed(error, weight)
        processes = get_world_size() if self.training else 1
        if processes > 1:
            all_reduce(count)
        return self.loss_weight * processes * total / count.clamp(min=1)

    @staticmethod
    def summed(error: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        """What the mean divides: a sum, and by how many."""
        return error.sum(), weight.bool().sum()


@MODELS.register_module()
class MaskedL1Loss(_MaskedLoss):
    """Mean absolute error; ARTS' mesh and joint losses, in metres."""

    @staticmethod
    def error(pred: Tensor, target: Tensor) -> Tensor:
        """Element-wise ``|pred - target|``."""
        return (pred - target).abs()


@MODELS.register_module()
class MaskedMSELoss(_MaskedLoss):
    """Mean squared error; ARTS' pose (rotation matrices) and shape losses."""

    @staticmethod
    def error(pred: Tensor, target: Tensor) -> Tensor:
        """Element-wise ``(pred - target)^2``."""
        return (pred - target).square()


@MODELS.register_module()
class ConfidenceMSELoss(MaskedMSELoss):
    """Squared errors times confidences, over all entries, seen or not.

    As the releases of SPIN's line have it (INT's is one): a picture of few
    seen joints weighs less, not the same. ``valid`` may be a mask or hold
    confidences in [0, 1].
    """

    @staticmethod
    def summed(error: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        total = (error * weight).sum()
        return total, total.new_tensor(weight.numel())
