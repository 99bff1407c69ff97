# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Loss of order recovery (DSD-SATN, ICCV 2019, 3.3)."""
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmarts.registry import MODELS


@MODELS.register_module()
class OrderRecoveryLoss(nn.Module):
    """Logits of places against soft labels, forwards or backwards.

    The paper takes the smaller loss of both directions, as many motions can
    be reversed, and labels like a Gaussian, as neighbouring frames look
    alike; here the minimum is per clip. It gives neither the width of the
    labels nor the weight of the loss: both defaults are ours.

    Args:
        sigma: Width of the Gaussian, frames; 0 gives one-hot labels.
        criterion: ``'l2'``: squared difference of probability and label,
            the paper's; ``'cross_entropy'`` with soft labels, the kind the
            release uses. Both are summed over places, with the mean over
            slots and clips.
        loss_weight: Factor.

    Raises:
        ValueError: For another criterion.
    """

    def __init__(self,
                 sigma: float = 1.0,
                 criterion: str = 'l2',
                 loss_weight: float = 1.0) -> None:
        super().__init__()
        if criterion not in ('l2', 'cross_entropy'):
            raise ValueError('criterion should be "l2" or "cross_entropy", '
                             f'but is "{criterion}".')
        self.sigma, self.criterion = sigma, criterion
        self.loss_weight = loss_weight

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Scalar loss.

        Args:
            logits: ``(B, T, T)``, a place's score of each slot.
            target: ``(B, T)`` int, the place that the frame in a slot had.
        """
        last = logits.shape[-1] - 1
        both = [self._of_clip(logits, t) for t in (target, last - target)]
        return self.loss_weight * torch.minimum(*both).mean()

    def labels(self, target: Tensor, num_places: int) -> Tensor:
        """``(..., num_places)`` around each target; their sum is 1."""
        if not self.sigma:
            return F.one_hot(target, num_places).float()
        place = torch.arange(num_places, device=target.device)
        away = (place - target[..., None]) / self.sigma
        return (-away.square() / 2).softmax(-1)

    def _of_clip(self, logits: Tensor, target: Tensor) -> Tensor:
        label = self.labels(target, logits.shape[-1]).to(logits)
        if self.criterion == 'l2':
            error = (logits.softmax(-1) - label).square()
        else:
            error = -label * logits.log_softmax(-1)
        return error.sum(-1).mean(-1)
