# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The same outputs with less work, once training is over."""
import copy

import torch
from mmcv.cnn.utils import fuse_conv_bn
from torch import nn

from mmarts.models.layers.onednn_layers import by_onednn
from mmarts.models.layers.winograd_conv import WinogradConv2d

# Below, transforming tiles costs what the products save.
MIN_CHANNELS = 128


def fold_for_inference(model: nn.Module,
                       half_precision: bool = False) -> nn.Module:
    """A copy of PointHMR for predictions on a CPU.

    Batch norms become part of the convolutions before them, and the wide
    3x3 convolutions of the decoders, nine tenths of the decoders' work, are
    done by :class:`WinogradConv2d`. Sampling before the feature decoder's
    last convolution, and no softmax over the enlarged heatmap, are the
    network's own way; oneDNN computes linear layers and 1x1 convolutions.
    Outputs differ by rounding.

    Args:
        model: The estimator; not changed. Its copy cannot be trained.
        half_precision: For use under ``torch.autocast``. The tiles'
            transforms would lose digits there, and the processor's own half
            precision convolutions are as fast: only norms are folded, and
            pictures lie pixel by pixel (channels last).
    """
    folded = copy.deepcopy(model).eval()
    for part in (folded.backbone, folded.sampler):
        fuse_conv_bn(part)
        if half_precision:
            part.to(memory_format=torch.channels_last)
    if not half_precision:
        _replace(folded.sampler)
    return by_onednn(folded).requires_grad_(False)


def _replace(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.Conv2d) and _is_wide(child):
            bias = child.bias
            if bias is None:
                bias = child.weight.new_zeros(child.out_channels)
            setattr(module, name, WinogradConv2d(child.weight, bias))
        else:
            _replace(child)


def _is_wide(conv: nn.Conv2d) -> bool:
    shape = (conv.kernel_size, conv.stride, conv.padding, conv.dilation)
    return (shape == ((3, 3), (1, 1), (1, 1), (1, 1)) and conv.groups == 1
            and min(conv.in_channels, conv.out_channels) >= MIN_CHANNELS)
