# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The basic residual block of ResNet (arXiv:1512.03385)."""
from torch import Tensor, nn
from torch.nn import functional as F


class ResidualConv(nn.Module):
    """Two 3x3 convolutions with batch norms around a shortcut.

    Args:
        in_dim: Channels of the input.
        out_dim: Channels of the output; where they differ, the shortcut is
            a 1x1 convolution with a batch norm.
    """

    def __init__(self, in_dim: int, out_dim: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_dim, out_dim, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_dim)
        self.conv2 = nn.Conv2d(out_dim, out_dim, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_dim)
        self.shortcut = nn.Identity() if in_dim == out_dim else nn.Sequential(
            nn.Conv2d(in_dim, out_dim, 1, bias=False), nn.BatchNorm2d(out_dim))

    def forward(self, x: Tensor) -> Tensor:
        """``(B, in_dim, H, W)`` to ``(B, out_dim, H, W)``."""
        inner = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(inner)) + self.shortcut(x))
