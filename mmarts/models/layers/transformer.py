# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pre-norm transformer blocks, and the plain MLP between them."""
from typing import Optional

from torch import Tensor, nn

from .attention import MultiHeadAttention
from .drop_path import DropPath

_ACTIVATIONS = dict(gelu=nn.GELU, relu=nn.ReLU)


class MLP(nn.Sequential):
    """Linear layers with an activation between them.

    Args:
        dims: Channels from input to output, e.g. ``(64, 256, 64)``.
        dropout: Rate after each hidden activation.
        activation: ``'gelu'`` or ``'relu'``.
    """

    def __init__(self,
                 *dims: int,
                 dropout: float = 0.0,
                 activation: str = 'gelu') -> None:
        layers = []
        for before, after in zip(dims[:-2], dims[1:-1]):
            layers += [nn.Linear(before, after), _ACTIVATIONS[activation]()]
            if dropout:
                layers.append(nn.Dropout(dropout))
        super().__init__(*layers, nn.Linear(dims[-2], dims[-1]))


class ResidualMLP(nn.Module):
    """Pre-norm residual blocks of two linear layers (arXiv:1705.03098).

    Args:
        in_dim: Channels of the input.
        dim: Channels inside.
        out_dim: Channels of the output.
        depth: Residual blocks.
    """

    def __init__(self, in_dim: int, dim: int, out_dim: int,
                 depth: int) -> None:
        super().__init__()
        self.embed = nn.Linear(in_dim, dim)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(dim), *MLP(dim, dim, dim))
            for _ in range(depth))
        self.head = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, out_dim))

    def forward(self, x: Tensor) -> Tensor:
        """``(..., in_dim)`` to ``(..., out_dim)``."""
        x = self.embed(x)
        for block in self.blocks:
            x = x + block(x)
        return self.head(x)


class EncoderBlock(nn.Module):
    """Self-attention and an MLP, each on a normed residual stream.

    Args:
        dim: Channels ``C``.
        num_heads: Attention heads.
        mlp_ratio: Hidden channels of the MLP over ``C``.
        dropout: Rate on attention weights and MLP activations.
        norm_eps: Epsilon of both layer norms.
        drop_path: Rate at which a sample leaves out a branch in training.
        activation: Of the MLP, see :class:`MLP`.
        branch_dropout: Rate on what a branch adds.
    """

    def __init__(self,
                 dim: int,
                 num_heads: int = 8,
                 mlp_ratio: float = 2.0,
                 dropout: float = 0.0,
                 norm_eps: float = 1e-5,
                 drop_path: float = 0.0,
                 activation: str = 'gelu',
                 branch_dropout: float = 0.0) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, norm_eps)
        self.attention = MultiHeadAttention(dim, num_heads, dropout)
        self.norm2 = nn.LayerNorm(dim, norm_eps)
        self.mlp = MLP(
            dim,
            int(dim * mlp_ratio),
            dim,
            dropout=dropout,
            activation=activation)
        self.drop_path = DropPath(drop_path)
        self.branch_dropout = nn.Dropout(branch_dropout)

    def forward(self,
                x: Tensor,
                visible: Optional[Tensor] = None,
                count: Optional[int] = None) -> Tensor:
        """``(N, L, C)`` to ``(N, L, C)``.

        Args:
            x: Tokens.
            visible: ``(L, L)`` as in :class:`MultiHeadAttention`.
            count: Only the first so many are updated and returned; all are
                attended to.
        """
        normed, x = self.norm1(x), x[:, :count]
        visible = visible if visible is None else visible[:count]
        attended = self.attention(normed[:, :count], normed, visible)
        x = x + self.drop_path(self.branch_dropout(attended))
        return x + self.drop_path(self.branch_dropout(self.mlp(self.norm2(x))))


class CrossAttentionBlock(nn.Module):
    """Attention of one sequence on another, and an MLP.

    Args:
        dim: Channels ``C``.
        num_heads: Attention heads.
        mlp_ratio: Hidden channels of the MLP over ``C``.
        dropout: Rate on attention weights and MLP activations.
    """

    def __init__(self,
                 dim: int,
                 num_heads: int = 8,
                 mlp_ratio: float = 4.0,
                 dropout: float = 0.0) -> None:
        super().__init__()
        self.norm_query = nn.LayerNorm(dim)
        self.norm_source = nn.LayerNorm(dim)
        self.attention = MultiHeadAttention(dim, num_heads, dropout)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = MLP(dim, int(dim * mlp_ratio), dim, dropout=dropout)

    def forward(self, query: Tensor, source: Tensor) -> Tensor:
        """``(N, L, C)`` queries on ``(N, M, C)``: ``(N, L, C)``."""
        query = query + self.attention(
            self.norm_query(query), self.norm_source(source))
        return query + self.mlp(self.norm2(query))
