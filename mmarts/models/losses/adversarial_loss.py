# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Least-squares losses of adversarial training (HMR, arXiv:1712.06584)."""
from torch import Tensor, nn

from mmarts.registry import MODELS


@MODELS.register_module()
class AdversarialLoss(nn.Module):
    """``(D - 1)^2`` for what should look real, ``D^2`` for what is not.

    Summed over the scores of a sample, with the mean over samples.

    Args:
        loss_weight: Factor on the generator's; the discriminator's own has
            none, as its optimiser is its own.
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, fake: Tensor) -> Tensor:
        """The generator's (L_r of DSD, eq. 5), from ``(B, N)`` scores."""
        return self.loss_weight * (fake - 1).square().sum(-1).mean()

    @staticmethod
    def discriminator(fake: Tensor, real: Tensor) -> Tensor:
        """The discriminator's, from ``(B, N)`` and ``(B', N)`` scores."""
        return (fake.square().sum(-1).mean() +
                (real - 1).square().sum(-1).mean())
