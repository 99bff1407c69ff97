# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Post-norm self-attention over the frames of a clip (DSD-SATN, 3.3)."""
from typing import Optional

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmarts.registry import MODELS


class FrameAttention(nn.Module):
    """Multi-head attention between frames (eq. 4).

    Args:
        dim: Channels ``C``.
        num_heads: Parallel heads.
        projection: ``'shared'``: a head's queries, keys and values are one
            projection, as eq. 4 has it. ``'separate'``: three, as released.
        scale: What the scores are divided by the root of: ``'model'`` the
            ``C`` of the paper, ``'head'`` the channels of a head, as
            released.
        dropout: Rate on weights and output in training.
    """

    def __init__(self,
                 dim: int = 512,
                 num_heads: int = 8,
                 projection: str = 'shared',
                 scale: str = 'model',
                 dropout: float = 0.1) -> None:
        super().__init__()
        for name, value, known in (('projection', projection, ('shared',
                                                               'separate')),
                                   ('scale', scale, ('model', 'head'))):
            if value not in known:
                raise ValueError(f'{name} should be one of {known}, but is '
                                 f'"{value}".')
        if dim % num_heads:
            raise ValueError(f'{num_heads} heads cannot share {dim} channels.')
        self.num_heads, self.shared = num_heads, projection == 'shared'
        self.factor = (dim if scale == 'model' else dim // num_heads)**-0.5
        self.query_key_value = nn.Linear(dim, dim if self.shared else 3 * dim)
        self.project = nn.Linear(dim, dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, T, C)`` to ``(B, T, C)``."""
        return self.attend(self.query_key_value(x))

    def attend(self, projected: Tensor) -> Tensor:
        """From queries, keys and values, side by side, ``(B, T, ...)``."""
        query, key, value = self._heads(projected)
        out = self.dropout(self._softmax(query, key)) @ value
        return self.dropout(self.project(out.transpose(1, 2).flatten(2)))

    def weights(self, x: Tensor) -> Tensor:
        """What each frame takes of each: ``(B, heads, T, T)``."""
        return self._softmax(*self._heads(self.query_key_value(x))[:2])

    def _softmax(self, query: Tensor, key: Tensor) -> Tensor:
        return (self.factor * query @ key.mT).softmax(-1)

    def _heads(self, projected: Tensor) -> list[Tensor]:
        parts = [projected] * 3 if self.shared else projected.chunk(3, -1)
        return [
            part.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
            for part in parts
        ]


class PostNormBlock(nn.Module):
    """Attention and a two-layer MLP, each added and then normed.

    Args:
        dim: Channels ``C``.
        hidden_dim: Channels inside the MLP.
        dropout: Rate in training.
        kwargs: Of :class:`FrameAttention`.
    """

    def __init__(self,
                 dim: int = 512,
                 hidden_dim: int = 2048,
                 dropout: float = 0.1,
                 **kwargs) -> None:
        super().__init__()
        self.attention = FrameAttention(dim, dropout=dropout, **kwargs)
        self.norm1 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(
            nn.Linear(dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, dim),
            nn.Dropout(dropout))
        self.norm2 = nn.LayerNorm(dim)

    def forward(self, x: Tensor, projected: Optional[Tensor] = None) -> Tensor:
        """``(B, T, C)`` to ``(B, T, C)``.

        ``projected`` are queries, keys and values of ``x``, if they are
        there already.
        """
        if projected is None:
            projected = self.attention.query_key_value(x)
        x = self.norm1(x + self.attention.attend(projected))
        return self.norm2(x + self.mlp(x))


@MODELS.register_module()
class FrameEncoder(nn.Module):
    """Position codes and blocks of self-attention.

    Args:
        dim: Channels ``C``.
        num_blocks: Transformer blocks.
        zero_first: Whether the first frame has an all-zero code, as released.
        kwargs: Of :class:`PostNormBlock`.
    """

    def __init__(self,
                 dim: int = 512,
                 num_blocks: int = 2,
                 zero_first: bool = False,
                 **kwargs) -> None:
        super().__init__()
        self.dim, self.zero_first = dim, zero_first
        self.blocks = nn.ModuleList(
            PostNormBlock(dim, **kwargs) for _ in range(num_blocks))

    def forward(self,
                feat: Tensor,
                positions: Optional[Tensor] = None) -> Tensor:
        """Relate the frames of clips.

        Args:
            feat: ``(B, T, C)``.
            positions: ``(B, T)`` which code a slot gets; ``0 ... T - 1``
                when None. Order recovery leaves it so: the codes stay when
                frames are shuffled, and tell nothing about their order.

        Returns:
            ``(B, T, C)``; the input is left as it is.
        """
        codes = self.codes(feat.shape[1]).to(feat)
        x = feat + (codes if positions is None else codes[positions])
        for block in self.blocks:
            x = block(x)
        return x

    def windows(self, feat: Tensor, index: Tensor) -> Tensor:
        """What :meth:`forward` gives of windows of a video.

        The first block's projections are linear: those of a frame are made
        once, those of the codes are added in each window.

        Args:
            feat: ``(B, T, C)``.
            index: ``(N, L)`` frames of the windows.

        Returns:
            ``(B N, L, C)``.
        """
        first, *others = self.blocks
        layer = first.attention.query_key_value
        codes = self.codes(index.shape[1]).to(feat)
        projected = layer(feat)[:, index] + F.linear(codes, layer.weight)
        x = first((feat[:, index] + codes).flatten(0, 1),
                  projected.flatten(0, 1))
        for block in others:
            x = block(x)
        return x

    def codes(self, length: int) -> Tensor:
        """Sinusoids of arXiv:1706.03762: ``(length, C)``, float64."""
        channel = torch.arange(self.dim)
        rate = 10000.**(-2. * (channel // 2).double() / self.dim)
        angle = torch.arange(length).double()[:, None] * rate
        codes = torch.where(channel % 2 == 0, angle.sin(), angle.cos())
        if self.zero_first:
            codes[0] = 0
        return codes
