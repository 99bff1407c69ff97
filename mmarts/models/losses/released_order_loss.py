# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The order loss that DSD-SATN's authors released (commit a23a7b6)."""
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmarts.registry import MODELS

# Of a label: what its own class keeps, and a neighbouring slot's share.
_KEPT, _NEIGHBOUR = 0.9, 0.3


@MODELS.register_module()
class ReleasedOrderLoss(nn.Module):
    """Smoothed labels, one direction for the whole batch.

    :class:`OrderRecoveryLoss` is the paper's. Here labels are smoothed along
    the slots, not along the places, the sum over a batch decides between
    forwards and backwards, and backwards is tried with smoothing only.

    Args:
        criterion: ``'cross_entropy'``, the release's default, or ``'l2'``:
            the distance of probabilities and label. Both are sums over slots
            and clips.
        slot_smoothing: Whether a label takes part of the next slots' labels.
        loss_weight: Factor; 0 in the release.

    Raises:
        ValueError: For another criterion.
    """

    def __init__(self,
                 criterion: str = 'cross_entropy',
                 slot_smoothing: bool = True,
                 loss_weight: float = 1.0) -> None:
        super().__init__()
        if criterion not in ('l2', 'cross_entropy'):
            raise ValueError('criterion should be "l2" or "cross_entropy", '
                             f'but is "{criterion}".')
        self.criterion, self.slot_smoothing = criterion, slot_smoothing
        self.loss_weight = loss_weight

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Scalar loss.

        Args:
            logits: ``(B, T, T)``, a place's score of each slot.
            target: ``(B, T)`` int.
        """
        terms = [self.per_clip(logits, target).sum()]
        if self.slot_smoothing:
            last = logits.shape[-1] - 1
            terms.append(self.per_clip(logits, last - target).sum())
        return self.loss_weight * torch.stack(terms).min()

    def per_clip(self, logits: Tensor, target: Tensor) -> Tensor:
        """Sums over the slots of each clip, in one direction: ``(B,)``."""
        label = self.labels(target, logits.shape[-1]).to(logits)
        if self.criterion == 'l2':
            return (logits.softmax(-1) - label).norm(dim=-1).sum(-1)
        return -(label * logits.log_softmax(-1)).sum((-2, -1))

    def labels(self, target: Tensor, num_places: int) -> Tensor:
        """``(B, T, num_places)`` float64."""
        hot = F.one_hot(target, num_places).double()
        label = hot * _KEPT + (1 - hot) * (1 - _KEPT) / (num_places - 1)
        if not self.slot_smoothing:
            return label
        before = torch.cat([label[:, :1], label[:, :-1]], 1)
        after = torch.cat([label[:, 1:], label[:, -1:]], 1)
        around = _NEIGHBOUR * (before + after)
        return (label + around) / (1 + 2 * _NEIGHBOUR)
