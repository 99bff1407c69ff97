# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A normalising flow of affine coupling layers (RealNVP)."""
import torch
from torch import Tensor, nn


class CouplingFlow(nn.Module):
    """Affine coupling layers with alternating masks (arXiv:1605.08803).

    Each layer leaves every second entry as it is and moves the others:
    ``x_b <- x_b exp(s(x_a)) + t(x_a)``. Layer 0 keeps the odd entries, layer
    1 the even ones, and so on. Only entries that take part are read or
    written; the release multiplies by 0/1 masks instead, which is the same
    function from more than three times the numbers in the outer layers.

    Args:
        dim: Entries of the vector; even.
        depth: Coupling layers.
        hidden_dim: Channels inside the networks ``s`` and ``t``.
        dropout: Rate after both hidden layers.
        full_in_dim: Inputs of the release's networks, dead ones among them;
            the first layer starts at the spread that torch gives for these.
    """

    def __init__(self,
                 dim: int,
                 depth: int = 16,
                 hidden_dim: int = 512,
                 dropout: float = 0.0,
                 full_in_dim: int = 0) -> None:
        super().__init__()
        self.dim = dim

        def network(*last):
            net = nn.Sequential(
                nn.Linear(dim // 2, hidden_dim), nn.Dropout(dropout),
                nn.LeakyReLU(), nn.Linear(hidden_dim, hidden_dim),
                nn.Dropout(dropout), nn.LeakyReLU(),
                nn.Linear(hidden_dim, dim // 2), *last)
            with torch.no_grad():
                for parameter in net[0].parameters():
                    parameter *= (dim / 2 / (full_in_dim or dim))**0.5
            return net

        self.scales = nn.ModuleList(network(nn.Tanh()) for _ in range(depth))
        self.shifts = nn.ModuleList(network() for _ in range(depth))

    def forward(self, x: Tensor) -> Tensor:
        """``(..., dim)`` to ``(..., dim)``."""
        even, odd = x[..., ::2], x[..., 1::2]
        for layer, (scale, shift) in enumerate(zip(self.scales, self.shifts)):
            if layer % 2 == 0:
                even = torch.addcmul(shift(odd), even, scale(odd).exp())
            else:
                odd = torch.addcmul(shift(even), odd, scale(even).exp())
        return torch.stack([even, odd], -1).flatten(-2)
