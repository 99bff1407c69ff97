# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Attention over the tokens of a frame and over time, side by side."""
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .attention import MultiHeadAttention
from .transformer import EncoderBlock


class SpaceTimeAttention(MultiHeadAttention):
    """Spatial and temporal attention with one gate (MAED, ICCV 2021).

    Both share queries, keys and values. A softmax a channel, from the mean
    token of both results, weighs them against each other.
    """

    def __init__(self,
                 dim: int,
                 num_heads: int = 8,
                 dropout: float = 0.0) -> None:
        super().__init__(dim, num_heads, dropout)
        self.gate = nn.Linear(2 * dim, 2 * dim)

    def forward(self, x: Tensor, num_frames: int) -> Tensor:
        """``(B * T, L, C)`` tokens of clips of T frames: the same."""
        q, k, v = map(self._split,
                      (self.query(x), *self.key_value(x).chunk(2, -1)))
        rate = self.dropout if self.training else 0.0
        space = F.scaled_dot_product_attention(q, k, v, dropout_p=rate)

        def over_time(t):  # (B * T, heads, L, c) to (B, heads, L, T, c)
            return t.unflatten(0, (-1, num_frames)).permute(0, 2, 3, 1, 4)

        time = F.scaled_dot_product_attention(
            *map(over_time, (q, k, v)), dropout_p=rate)
        time = time.permute(0, 3, 1, 2, 4).flatten(0, 1)
        space, time = (t.transpose(1, 2).flatten(2) for t in (space, time))
        both = self.gate(torch.cat([space, time], -1).mean(1, True)).unflatten(
            -1, (-1, 2)).softmax(-1)
        return self.project(space * both[..., 0] + time * both[..., 1])


class SpaceTimeBlock(EncoderBlock):
    """:class:`EncoderBlock` with attention in space and time."""

    def __init__(self, dim: int, num_heads: int = 8, **kwargs) -> None:
        super().__init__(dim, num_heads, **kwargs)
        self.attention = SpaceTimeAttention(dim, num_heads)

    def forward(self, x: Tensor, num_frames: int) -> Tensor:
        """``(B * T, L, C)`` tokens of clips of T frames: the same."""
        x = x + self.drop_path(self.attention(self.norm1(x), num_frames))
        return x + self.drop_path(self.mlp(self.norm2(x)))
