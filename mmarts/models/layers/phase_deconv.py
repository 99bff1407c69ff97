# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A transposed convolution as four small ones, for inference."""
import torch
from torch import Tensor, nn
from torch.nn import functional as F

# Taps of a kernel of 4 that rows (columns) 2 i and 2 i + 1 of the output see,
# from the upper (left) neighbour on.
_TAPS = ((3, 1), (2, 0))


class PhaseDeconv(nn.Module):
    """``ConvTranspose2d(C, C', 4, 2, 1)``: one convolution a phase.

    Every second row and column of the output sees only 2 x 2 of the taps.
    Measured on a CPU, this is twice as fast for 2048 channels on 8 x 8
    cells, and slower for 256 channels on 32 x 32.

    Args:
        deconv: The layer it stands for.

    Raises:
        ValueError: If that one has another kernel, stride or padding.
    """

    def __init__(self, deconv: nn.ConvTranspose2d) -> None:
        super().__init__()
        kind = (deconv.kernel_size, deconv.stride, deconv.padding,
                deconv.output_padding, deconv.dilation, deconv.groups)
        if kind != ((4, 4), (2, 2), (1, 1), (0, 0), (1, 1), 1):
            raise ValueError('PhaseDeconv stands for kernel 4, stride 2, '
                             f'padding 1, but got {deconv}.')
        weight = deconv.weight.detach().transpose(0, 1)
        self.bias = None if deconv.bias is None else nn.Parameter(
            deconv.bias.detach())
        self.phases = nn.ParameterList(
            weight[:, :,
                   rows][...,
                         columns].contiguous(memory_format=torch.channels_last)
            for rows in _TAPS for columns in _TAPS)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` to ``(B, C', 2 H, 2 W)``."""
        height, width = x.shape[-2:]
        padded = F.pad(
            x, (1, 1, 1, 1)).contiguous(memory_format=torch.channels_last)
        out = x.new_empty(len(x), len(self.phases[0]), 2 * height, 2 *
                          width).contiguous(memory_format=torch.channels_last)
        for i, weight in enumerate(self.phases):
            row, column = divmod(i, 2)
            seen = padded[:, :, row:row + height + 1,
                          column:column + width + 1]
            out[:, :, row::2, column::2] = F.conv2d(seen, weight, self.bias)
        return out
