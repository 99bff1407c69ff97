# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Networks for inference: batch norms folded into their convolutions."""
import copy
from typing import Optional

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from mmarts.models.layers.onednn_layers import by_onednn
from mmarts.models.layers.phase_deconv import PhaseDeconv

_CONVS = (nn.Conv1d, nn.Conv2d, nn.ConvTranspose2d)
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
# Where the weights are; linear layers have few, and the last one of all
# computes in float32.
_HEAVY = (*_CONVS, PhaseDeconv, nn.Bilinear)
# From so many channels on, four small convolutions are faster.
_MANY_CHANNELS = 1024


@torch.no_grad()
def folded(network: nn.Module,
           dtype: Optional[torch.dtype] = None) -> nn.Module:
    """A copy that computes the same in evaluation, channels last.

    A norm goes into the convolution that is registered just before it in
    the same module, as in :class:`ResNet` and wherever both stand in an
    ``nn.Sequential``; others stay. Deconvolutions of many channels become
    :class:`PhaseDeconv`; oneDNN computes linear layers and 1x1 convolutions.

    Args:
        network: Left as it is; its running statistics are used.
        dtype: Of the heavy weights, for use under ``torch.autocast`` of that
            type, which would otherwise convert them at every call.
    """
    network = copy.deepcopy(network).eval()
    for module in list(network.modules()):
        names = list(module._modules)
        for before, name in zip(names, names[1:]):
            conv, norm = module._modules[before], module._modules[name]
            if isinstance(conv, _CONVS) and isinstance(norm, _NORMS):
                transposed = isinstance(conv, nn.ConvTranspose2d)
                fused = fuse_conv_bn_eval(conv, norm, transposed)
                if transposed and conv.in_channels >= _MANY_CHANNELS:
                    fused = PhaseDeconv(fused)
                module._modules[before] = fused
                module._modules[name] = nn.Identity()
    by_onednn(network)
    if dtype is not None:
        for module in network.modules():
            if isinstance(module, _HEAVY):
                module.to(dtype)
    return network.requires_grad_(False).to(memory_format=torch.channels_last)
