# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Layers that oneDNN computes, for inference in float32 on a CPU.

There PyTorch multiplies matrices by MKL, which is half as fast as oneDNN on
processors of AMD; on Intel's, the two have not been compared. With gradients,
on other devices and in other precisions these layers are what PyTorch's own
are.
"""
from contextlib import contextmanager
from typing import Iterator

import torch
from torch import Tensor, nn

# PyTorch's compiler uses it; not part of the documented interface.
_LINEAR = getattr(torch.ops.mkldnn, '_linear_pointwise', None)

_used = True


@contextmanager
def without_onednn() -> Iterator[None]:
    """PyTorch's own layers, to compare or count them."""
    global _used
    before, _used = _used, False
    try:
        yield
    finally:
        _used = before


def by_onednn(model: nn.Module) -> nn.Module:
    """Let oneDNN compute a model's linear layers and 1x1 convolutions.

    Args:
        model: Changed in place; its weights and their names stay. Outputs
            differ by rounding.

    Returns:
        The model.
    """
    for module in list(model.modules()):
        for name, child in module.named_children():
            if type(child) is nn.Linear:  # others may compute otherwise
                setattr(module, name, OneDNNLinear(child))
            elif PointwiseConv2d.stands_in_for(child):
                setattr(module, name, PointwiseConv2d(child))
    return model


class OneDNNLinear(nn.Linear):
    """A linear layer.

    Args:
        linear: Whose weights it shares.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__(
            linear.in_features,
            linear.out_features,
            bias=linear.bias is not None,
            device='meta')
        self.weight, self.bias = linear.weight, linear.bias
        self.train(linear.training)

    def forward(self, x: Tensor) -> Tensor:
        """``(..., in)`` to ``(..., out)``."""
        if _LINEAR is None or not _is_plain(x, self.weight):
            return super().forward(x)
        return _LINEAR(x, self.weight, self.bias, 'none', [], '')


class PointwiseConv2d(nn.Conv2d):
    """A 1x1 convolution of stride 1.

    PyTorch takes a matrix product for it only where a single picture is
    computed on one thread.

    Args:
        conv: Whose weights it shares.

    Raises:
        ValueError: If that is another convolution.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        if not self.stands_in_for(conv):
            raise ValueError(
                f'A 1x1 convolution of stride 1 is expected, but got {conv}.')
        super().__init__(
            conv.in_channels,
            conv.out_channels,
            1,
            bias=conv.bias is not None,
            device='meta')
        self.weight, self.bias = conv.weight, conv.bias
        self.train(conv.training)

    @staticmethod
    def stands_in_for(conv: nn.Module) -> bool:
        """Whether this class can take a module's place."""
        return type(conv) is nn.Conv2d and (conv.kernel_size, conv.stride,
                                            conv.padding,
                                            conv.groups) == ((1, 1), (1, 1),
                                                             (0, 0), 1)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, in, H, W)`` to ``(B, out, H, W)``."""
        if not _is_plain(x, self.weight):
            return super().forward(x)
        return torch.mkldnn_convolution(x, self.weight, self.bias,
                                        self.padding, self.stride,
                                        self.dilation, self.groups)


def _is_plain(x: Tensor, weight: Tensor) -> bool:
    return (_used and x.device.type == 'cpu' and x.numel() > 0
            and x.dtype == weight.dtype == torch.float32
            and not torch.is_grad_enabled()
            and not torch.is_autocast_enabled('cpu')
            and torch.backends.mkldnn.is_available())
