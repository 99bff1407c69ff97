# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Learned position embeddings that serve any length."""
import torch
from torch import Tensor, nn
from torch.nn import functional as F


class LearnedPosition(nn.Module):
    """One vector a place, stretched linearly to other lengths.

    Args:
        length: Places seen in training.
        dim: Channels ``C``.
    """

    def __init__(self, length: int, dim: int) -> None:
        super().__init__()
        self.embedding = nn.Parameter(torch.zeros(length, dim))
        nn.init.trunc_normal_(self.embedding, std=0.02)

    def forward(self, length: int) -> Tensor:
        """Embeddings ``(length, C)``."""
        if length == len(self.embedding):
            return self.embedding
        return F.interpolate(
            self.embedding.T[None], size=length, mode='linear')[0].T
