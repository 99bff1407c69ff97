# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Stochastic depth."""
from torch import Tensor, nn


class DropPath(nn.Module):
    """Leaves out a residual branch for whole samples (arXiv:1603.09382).

    In training each sample of a batch loses the branch with probability
    ``rate``; where it stays it is scaled up, so that its mean is kept.

    Args:
        rate: In [0, 1).
    """

    def __init__(self, rate: float = 0.0) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        """``(N, ...)`` to ``(N, ...)``; each of ``N`` is kept or lost."""
        if not self.rate or not self.training:
            return x
        keep = 1 - self.rate
        mask = x.new_empty(len(x), *[1] * (x.dim() - 1)).bernoulli_(keep)
        return x * mask / keep
