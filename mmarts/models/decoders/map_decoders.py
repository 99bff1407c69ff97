# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Backbone features to maps (PointHMR, CVPR 2023, supplement, Table 1)."""
from typing import Optional

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.models.layers import ResidualConv
from mmarts.registry import MODELS


class MapDecoder(BaseModule):
    """``body``, then ``project``: a linear map of every cell, or None.

    What is linear can be applied before or after a weighted mean over
    cells, which :class:`~mmarts.models.decoders.PointSampler` makes use of.

    Args:
        in_dim: Channels of the backbone's features.
        out_dim: Channels of the map.
        depth: Residual blocks.
    """

    body: nn.Module
    project: Optional[nn.Conv2d]

    def forward(self, x: Tensor) -> Tensor:
        """``(B, in_dim, H, W)`` to ``(B, out_dim, H, W)``."""
        x = self.body(x)
        return x if self.project is None else self.project(x)


@MODELS.register_module()
class ConvFirstDecoder(MapDecoder):
    """1x1 convolution, then residual blocks: what Table 1 prints.

    The last block ends in a ReLU, so the map is not negative.

    Args:
        in_dim, out_dim, depth: As :class:`MapDecoder`.
        dim: Channels of the blocks, for small networks: another 1x1
            convolution follows. None for Table 1's: ``out_dim``.
    """

    def __init__(self,
                 in_dim: int,
                 out_dim: int,
                 depth: int = 2,
                 dim: Optional[int] = None,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        width = dim or out_dim
        self.body = nn.Sequential(
            nn.Conv2d(in_dim, width, 1),
            *(ResidualConv(width, width) for _ in range(depth)))
        self.project = dim and nn.Conv2d(dim, out_dim, 1, bias=False)


@MODELS.register_module()
class ConvLastDecoder(MapDecoder):
    """Residual blocks, then a 1x1 convolution: what the release has."""

    def __init__(self,
                 in_dim: int,
                 out_dim: int,
                 depth: int = 2,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        dims = (in_dim, *[out_dim] * depth)
        self.body = nn.Sequential(*map(ResidualConv, dims, dims[1:]))
        self.project = nn.Conv2d(out_dim, out_dim, 1, bias=False)


@MODELS.register_module()
class SeparableDecoder(MapDecoder):
    """A light one: residual blocks of few channels, depthwise, then 1x1.

    Args:
        in_dim, out_dim, depth: As :class:`MapDecoder`.
        dim: Channels inside.
        kernel_size: Of the depthwise convolutions.
    """

    def __init__(self,
                 in_dim: int,
                 out_dim: int,
                 depth: int = 2,
                 dim: int = 128,
                 kernel_size: int = 5,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.body = nn.Sequential(
            nn.Conv2d(in_dim, dim, 1), nn.ReLU(),
            *(_SeparableBlock(dim, kernel_size) for _ in range(depth)))
        self.project = nn.Conv2d(dim, out_dim, 1, bias=False)


class _SeparableBlock(nn.Module):

    def __init__(self, dim: int, kernel_size: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(
                dim,
                dim,
                kernel_size,
                padding=kernel_size // 2,
                groups=dim,
                bias=False), nn.BatchNorm2d(dim), nn.Conv2d(dim, 2 * dim, 1),
            nn.ReLU(), nn.Conv2d(2 * dim, dim, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.branch(x)
