# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Fixed position embeddings of maps (arXiv:2005.12872, appendix A.4)."""
import math

import torch
from torch import Tensor

_TEMPERATURE = 1e4
_EPS = 1e-6


def sine_position(dim: int, height: int, width: int) -> Tensor:
    """Sines and cosines of a cell's place: ``(dim, height, width)``.

    The first half of the channels is of y, the second of x. Places count
    from 1 and end at 2 pi; sine and cosine of a frequency alternate.

    Raises:
        ValueError: If ``dim`` is not divisible by 4.
    """
    if dim % 4:
        raise ValueError(f'A sine embedding of two axes has a multiple of 4 '
                         f'channels, not {dim}.')
    half = dim // 2
    rate = _TEMPERATURE**(2 * (torch.arange(half) // 2) / half)

    def axis(count):
        place = torch.arange(1., count + 1)
        angle = (2 * math.pi * place / (count + _EPS))[:, None] / rate
        return torch.stack([angle[:, ::2].sin(), angle[:, 1::2].cos()],
                           2).flatten(1)

    y = axis(height).T[:, :, None].expand(-1, -1, width)
    x = axis(width).T[:, None].expand(-1, height, -1)
    return torch.cat([y, x])
