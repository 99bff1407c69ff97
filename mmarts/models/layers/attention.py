# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Multi-head attention over the last but one axis."""
from typing import Optional

from torch import Tensor, nn
from torch.nn import functional as F


class MultiHeadAttention(nn.Module):
    """Scaled dot-product attention (arXiv:1706.03762), self or cross.

    Args:
        dim: Channels ``C``; divisible by ``num_heads``.
        num_heads: Parallel heads.
        dropout: Rate on the attention weights in training.
    """

    def __init__(self,
                 dim: int,
                 num_heads: int = 8,
                 dropout: float = 0.0) -> None:
        super().__init__()
        if dim % num_heads:
            raise ValueError(f'{num_heads} heads cannot share {dim} channels.')
        self.num_heads, self.dropout = num_heads, dropout
        self.query = nn.Linear(dim, dim)
        self.key_value = nn.Linear(dim, 2 * dim)
        self.project = nn.Linear(dim, dim)

    def forward(self,
                query: Tensor,
                source: Tensor,
                visible: Optional[Tensor] = None) -> Tensor:
        """``(N, L, C)`` queries on ``(N, M, C)`` sources: ``(N, L, C)``.

        ``visible`` ``(L, M)`` says which sources a query sees; all if None.
        """
        q = self._split(self.query(query))
        k, v = map(self._split, self.key_value(source).chunk(2, -1))
        out = F.scaled_dot_product_attention(
            q,
            k,
            v,
            attn_mask=visible,
            dropout_p=self.dropout if self.training else 0.0)
        return self.project(out.transpose(1, 2).flatten(2))

    def weights(self, query: Tensor, source: Tensor) -> Tensor:
        """What :meth:`forward` weighs sources with, to be looked at.

        Returns:
            ``(N, L, M)``, mean over heads; rows sum to 1.
        """
        q, k = self._split(self.query(query)), self._split(
            self.key_value(source).chunk(2, -1)[0])
        return (q @ k.mT * q.shape[-1]**-0.5).softmax(-1).mean(1)

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
