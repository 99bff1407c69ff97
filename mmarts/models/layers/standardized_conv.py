# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Convolution with standardised weights and TensorFlow's padding."""
import torch
from torch import Tensor, nn
from torch.nn import functional as F


class StandardizedConv2d(nn.Conv2d):
    """Weights of zero mean and unit deviation a filter (arXiv:1903.10520).

    The border is padded so that an axis of ``n`` gives
    ``ceil(n / stride)``, the odd pixel on the right: networks trained in
    TensorFlow expect it. Without gradients the standardised weights are kept
    and made anew when the weights change.
    """

    epsilon = 1e-5

    def __init__(self,
                 in_dim: int,
                 out_dim: int,
                 kernel: int,
                 stride: int = 1) -> None:
        super().__init__(in_dim, out_dim, kernel, stride, bias=False)
        self._folded = (None, None)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` to ``(N, out_dim, H / stride, W / stride)``."""
        x = same_padding(x, self.kernel_size[0], self.stride[0])
        return F.conv2d(x, self.standardized_weight(), stride=self.stride)

    def standardized_weight(self) -> Tensor:
        """The weights that are applied, shaped as ``weight``."""
        if torch.is_grad_enabled():
            return self._standardize()
        weight = self.weight
        key = (weight.data_ptr(), weight._version, weight.dtype, weight.device)
        if self._folded[0] != key:
            self._folded = key, self._standardize()
        return self._folded[1]

    def _standardize(self) -> Tensor:
        std, mean = torch.std_mean(
            self.weight, (1, 2, 3), correction=0, keepdim=True)
        return (self.weight - mean) / (std + self.epsilon)


def same_padding(x: Tensor,
                 kernel: int,
                 stride: int,
                 value: float = 0.0) -> Tensor:
    """Pad ``(..., H, W)`` as TensorFlow's "SAME" does."""

    def sides(size):
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        return total // 2, total - total // 2

    (left, right), (top, bottom) = sides(x.shape[-1]), sides(x.shape[-2])
    if left + right + top + bottom == 0:
        return x
    return F.pad(x, (left, right, top, bottom), value=value)
