# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The temporal model of INT (ICLR 2023, section 3.3)."""
from typing import Optional

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.models.layers import EncoderBlock, LearnedPosition
from mmarts.registry import MODELS
from .token_vit import NORM_EPS


@MODELS.register_module()
class TokenTemporal(BaseModule):
    """Every joint's token through time, by itself.

    All joints share the weights; no joint sees another. The embedding is
    stretched to clips of another length and stays what it is (the release
    overwrites it and so stops training it).

    Args:
        dim: Channels ``C`` of a token.
        depth: Transformer blocks.
        num_heads: Attention heads.
        mlp_ratio: Hidden channels of the MLPs over ``C``.
        num_frames: Length of the learned time embedding; 0 for none.
    """

    def __init__(self,
                 dim: int = 768,
                 depth: int = 3,
                 num_heads: int = 12,
                 mlp_ratio: float = 4.0,
                 num_frames: int = 16,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.position = LearnedPosition(num_frames,
                                        dim) if num_frames else None
        self.blocks = nn.ModuleList(
            EncoderBlock(dim, num_heads, mlp_ratio, norm_eps=NORM_EPS)
            for _ in range(depth))

    def forward(self, tokens: Tensor) -> Tensor:
        """``(B, T, J, C)`` to the same; any ``T``."""
        batch = len(tokens)
        x = self.over_time(tokens.transpose(1, 2).flatten(0, 1))
        return x.unflatten(0, (batch, -1)).transpose(1, 2)

    def over_time(self, x: Tensor) -> Tensor:
        """Sequences ``(N, T, C)`` to the same."""
        if self.position is not None:
            x = x + self.position(x.shape[1])
        for block in self.blocks:
            x = block(x)
        return x
