# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The convolutional half of ImageNet-21k's R50 + ViT-B hybrid."""
from typing import Optional, Sequence

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from mmarts.models.layers import StandardizedConv2d
from mmarts.models.layers.standardized_conv import same_padding
from mmarts.registry import MODELS


@MODELS.register_module()
class HybridResNet(BaseModule):
    """Weight-standardised GroupNorm ResNet of three stages (BiT).

    The first stages of ResNet-50, the third one deeper, as the hybrid of
    ViT (arXiv:2010.11929, appendix B.1) has them; stride 16.

    Args:
        stem_dim: Channels of the stem.
        stage_dims: Channels that each stage gives; a quarter inside.
        depths: Blocks of each stage.
        groups: Of every GroupNorm.
    """

    stride = 16

    def __init__(self,
                 stem_dim: int = 64,
                 stage_dims: Sequence[int] = (256, 512, 1024),
                 depths: Sequence[int] = (3, 4, 9),
                 groups: int = 32,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        if len(stage_dims) != 3 or len(depths) != 3:
            raise ValueError('HybridResNet has three stages, but stage_dims '
                             f'is {stage_dims} and depths is {depths}.')
        self.out_dim = stage_dims[-1]
        self.stem = _NormedConv(3, stem_dim, 7, 2, groups)
        self.stages = nn.ModuleList()
        dim = stem_dim
        for index, (out_dim, depth) in enumerate(zip(stage_dims, depths)):
            blocks = [Bottleneck(dim, out_dim, 2 if index else 1, groups)]
            blocks += [
                Bottleneck(out_dim, out_dim, 1, groups)
                for _ in range(depth - 1)
            ]
            self.stages.append(nn.Sequential(*blocks))
            dim = out_dim

    def forward(self, image: Tensor) -> Tensor:
        """``(N, 3, H, W)`` to ``(N, out_dim, H / 16, W / 16)``."""
        x = image.contiguous(memory_format=torch.channels_last)
        x = F.relu_(self.stem(x))
        x = F.max_pool2d(same_padding(x, 3, 2, float('-inf')), 3, 2)
        for stage in self.stages:
            x = stage(x)
        return x


class Bottleneck(nn.Module):
    """Three convolutions beside a shortcut, ReLU after their sum.

    Args:
        in_dim, out_dim: Channels before and after.
        stride: Of the middle convolution and of the shortcut.
        groups: Of every GroupNorm.
    """

    def __init__(self, in_dim: int, out_dim: int, stride: int,
                 groups: int) -> None:
        super().__init__()
        dim = out_dim // 4
        self.reduce = _NormedConv(in_dim, dim, 1, 1, groups)
        self.mix = _NormedConv(dim, dim, 3, stride, groups)
        self.expand = _NormedConv(dim, out_dim, 1, 1, groups)
        changes = stride > 1 or in_dim != out_dim
        self.shortcut = _NormedConv(in_dim, out_dim, 1, stride,
                                    groups) if changes else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """``(N, in_dim, H, W)`` to ``(N, out_dim, H / s, W / s)``."""
        # In place: norms need their inputs only to be differentiated.
        out = F.relu_(self.mix(F.relu_(self.reduce(x))))
        return F.relu_(self.expand(out).add_(self.shortcut(x)))


class _NormedConv(nn.Module):
    """Convolution and GroupNorm."""

    def __init__(self, in_dim: int, out_dim: int, kernel: int, stride: int,
                 groups: int) -> None:
        super().__init__()
        self.conv = StandardizedConv2d(in_dim, out_dim, kernel, stride)
        self.norm = nn.GroupNorm(groups, out_dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x))
