# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Layers that oneDNN computes, for inference on a CPU.

There PyTorch multiplies float32 matrices by MKL, which is up to half as fast
as oneDNN on processors of AMD; on Intel's, the two have not been compared.
Processors that multiply in bfloat16 do that twice as fast again. With
gradients, on other devices and under autocast these layers are what PyTorch's
own are.
"""
from contextlib import contextmanager
from typing import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# PyTorch's compiler uses it; not part of the documented interface.
_LINEAR = getattr(torch.ops.mkldnn, '_linear_pointwise', None)
_TAKES_BFLOAT16 = getattr(torch.ops.mkldnn, '_is_mkldnn_bf16_supported',
                          lambda: False)

#: What factors of products may be rounded to.
DTYPES = ('float32', 'bfloat16')
# Narrower layers stay in float32: coordinates go in, rotations come out, and
# there is nothing to gain.
_MIN_CHANNELS = 32

_used = True


def multiplies_bfloat16() -> bool:
    """Whether this processor has instructions for products in bfloat16."""
    # Not in the oldest PyTorch that mmarts runs on.
    able = getattr(torch.cpu, 'get_capabilities', dict)()
    return able.get('avx512_bf16', False) or able.get('amx_bf16', False)


@contextmanager
def without_onednn() -> Iterator[None]:
    """PyTorch's own layers, to compare or count them."""
    global _used
    before, _used = _used, False
    try:
        yield
    finally:
        _used = before


def by_onednn(model: nn.Module, dtype: str = 'float32') -> nn.Module:
    """Let oneDNN compute a model's linear layers and 1x1 convolutions.

    Args:
        model: Changed in place; its weights and their names stay. Outputs
            differ by rounding.
        dtype: Of the factors in products of linear layers, see
            :class:`OneDNNLinear`.

    Returns:
        The model.
    """
    for module in list(model.modules()):
        for name, child in module.named_children():
            if type(child) is nn.Linear:  # others may compute otherwise
                setattr(module, name, OneDNNLinear(child, dtype))
            elif PointwiseConv2d.stands_in_for(child):
                setattr(module, name, PointwiseConv2d(child))
        if isinstance(module, nn.Sequential):
            _fuse_gelus(module)
    return model


def _fuse_gelus(sequence: nn.Sequential) -> None:
    """Linear layers take on the GELU behind them."""
    parts = [*sequence, None]
    for index, (layer, gelu,
                after) in enumerate(zip(parts, parts[1:], parts[2:])):
        if (type(layer) is OneDNNLinear and type(gelu) is nn.GELU
                and gelu.approximate == 'none'):
            layer.gelu = True
            layer.stays_rounded = getattr(after, 'rounds', False)
            sequence[index + 1] = nn.Identity()


class OneDNNLinear(nn.Linear):
    """A linear layer.

    Args:
        linear: Whose weights it shares.
        dtype: ``'bfloat16'`` rounds the factors of the product and what comes
            out; sums, and all that is between layers, stay in float32. Weights
            are rounded here and now: load them before. Layers of less than 32
            channels in or out stay in float32.

    Raises:
        ValueError: If the dtype is none of :data:`DTYPES`.
    """

    def __init__(self, linear: nn.Linear, dtype: str = 'float32') -> None:
        if dtype not in DTYPES:
            raise ValueError(
                f'The dtype should be one of {DTYPES}, not "{dtype}".')
        super().__init__(
            linear.in_features,
            linear.out_features,
            bias=linear.bias is not None,
            device='meta')
        self.weight, self.bias = linear.weight, linear.bias
        self.train(linear.training)
        self.rounds = (
            dtype == 'bfloat16'
            and min(self.in_features, self.out_features) >= _MIN_CHANNELS)
        self.gelu = False  # whether the activation is computed here as well
        self.stays_rounded = False  # whether the next layer takes bfloat16
        if self.rounds:
            for name in ('weight', 'bias'):
                value = getattr(self, name)
                self.register_buffer(
                    f'rounded_{name}',
                    value if value is None else value.detach().bfloat16(),
                    persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(..., in)`` to ``(..., out)``."""
        if not _is_plain(x, self.weight, self.rounds):
            return self._by_pytorch(x, self.weight, self.bias)
        if not self.rounds:
            return self._by_onednn(x, self.weight, self.bias)
        product = (self._by_onednn if _TAKES_BFLOAT16() else self._by_pytorch)
        x = product(x.bfloat16(), self.rounded_weight, self.rounded_bias)
        return x if self.stays_rounded else x.float()

    def _by_onednn(self, x: Tensor, weight: Tensor, bias) -> Tensor:
        if _LINEAR is None:
            return self._by_pytorch(x, weight, bias)
        behind = ('gelu', [], 'none') if self.gelu else ('none', [], '')
        return _LINEAR(x, weight, bias, *behind)

    def _by_pytorch(self, x: Tensor, weight: Tensor, bias) -> Tensor:
        x = F.linear(x, weight, bias)
        return F.gelu(x) if self.gelu else x


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


def _is_plain(x: Tensor, weight: Tensor, rounds: bool = False) -> bool:
    taken = (torch.float32, torch.bfloat16)[:1 + rounds]
    return (_used and x.device.type == 'cpu' and x.numel() > 0
            and x.dtype in taken and weight.dtype == torch.float32
            and not torch.is_grad_enabled()
            and not torch.is_autocast_enabled('cpu')
            and torch.backends.mkldnn.is_available())
