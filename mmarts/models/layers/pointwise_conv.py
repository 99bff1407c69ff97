# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""1x1 convolutions that oneDNN computes."""
import torch
from torch import Tensor, nn


class PointwiseConv2d(nn.Conv2d):
    """A 1x1 convolution of stride 1, for inference on a CPU.

    For a single picture on one thread PyTorch takes MKL's matrix product for
    it, which is half as fast as oneDNN's convolution on processors of AMD
    and no faster on others. Elsewhere, and in other precisions, it is what
    ``nn.Conv2d`` is.

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

    @staticmethod
    def stands_in_for(conv: nn.Module) -> bool:
        """Whether this class can take a module's place."""
        return isinstance(
            conv, nn.Conv2d) and (conv.kernel_size, conv.stride, conv.padding,
                                  conv.groups) == ((1, 1), (1, 1), (0, 0), 1)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, in, H, W)`` to ``(B, out, H, W)``."""
        if (torch.is_grad_enabled() or x.device.type != 'cpu'
                or {x.dtype, self.weight.dtype} != {torch.float32}
                or torch.is_autocast_enabled('cpu')
                or not torch.backends.mkldnn.is_available()):
            return super().forward(x)
        return torch.mkldnn_convolution(x, self.weight, self.bias,
                                        self.padding, self.stride,
                                        self.dilation, self.groups)
