# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""ResNet (arXiv:1512.03385), with the stride on the 3x3 convolution."""
from typing import Optional, Union

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.registry import MODELS

# Bottleneck blocks of the four stages.
_BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
EXPANSION = 4


@MODELS.register_module()
class ResNet(BaseModule):
    """Image to a feature map of a 32nd of its size.

    Weights are named as torchvision names them, so its files and those of
    pose networks built on it load as they are (``init_cfg``).

    Args:
        depth: 50, 101 or 152.
        blocks: Blocks of each stage, instead of those of ``depth``.
        base_channels: Channels of the stem; 64 in the paper.
        in_channels: Of the image.
        out_stages: Stages, counted from 0, whose maps are given as a tuple;
            None for the last one's map alone.

    Raises:
        ValueError: For another depth without ``blocks``.
    """

    def __init__(self,
                 depth: int = 50,
                 blocks: Optional[tuple[int, ...]] = None,
                 base_channels: int = 64,
                 in_channels: int = 3,
                 out_stages: Optional[tuple[int, ...]] = None,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.out_stages = out_stages
        if blocks is None and depth not in _BLOCKS:
            raise ValueError(f'ResNet has depths {sorted(_BLOCKS)}, but got '
                             f'{depth}; `blocks` makes others.')
        blocks = tuple(blocks or _BLOCKS[depth])
        channels = base_channels
        self.conv1 = nn.Conv2d(in_channels, channels, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.num_stages = len(blocks)
        for i, count in enumerate(blocks):
            width = base_channels * 2**i
            stage = [Bottleneck(channels, width, stride=1 + (i > 0))]
            channels = width * EXPANSION
            stage += [Bottleneck(channels, width) for _ in range(count - 1)]
            setattr(self, f'layer{i + 1}', nn.Sequential(*stage))
        self.out_channels = self.out_dim = channels
        self.stride = 2**(self.num_stages + 1)

    def forward(self, image: Tensor) -> Union[Tensor, tuple[Tensor, ...]]:
        """``(B, 3, H, W)`` to ``(B, out_channels, H / 32, W / 32)``, or to
        the maps of ``out_stages``: of a 4th of the size, of an 8th, ..."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(image))))
        maps = []
        for i in range(self.num_stages):
            x = getattr(self, f'layer{i + 1}')(x)
            maps.append(x)
        if self.out_stages is None:
            return x
        return tuple(maps[i] for i in self.out_stages)


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolution around a shortcut.

    Args:
        in_channels: Of the input.
        width: Of the 3x3 convolution; the output has ``EXPANSION`` times it.
        stride: Of the 3x3 convolution and of the shortcut.
    """

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        out_channels = width * EXPANSION
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride > 1 or in_channels != out_channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
                nn.BatchNorm2d(out_channels))

    def forward(self, x: Tensor) -> Tensor:
        """``(B, in_channels, H, W)`` to ``(B, 4 width, H', W')``."""
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        return self.relu(self.bn3(self.conv3(x)) + shortcut)
