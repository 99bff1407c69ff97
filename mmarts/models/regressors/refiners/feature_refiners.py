# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Refiners that fuse features over time without asking for motion."""
from torch import Tensor, nn

from mmarts.models.layers import MLP, EncoderBlock, LearnedPosition
from mmarts.registry import MODELS
from .fusion_refiner import FusionRefiner


@MODELS.register_module()
class GRURefiner(FusionRefiner):
    """Features of a clip fused by a recurrent network.

    As VIBE (arXiv:1912.05656) and TCMR (arXiv:2011.08627) fuse them: "GRU"
    in ARTS' table 4. It runs in both directions, so that every frame, not
    the last one alone, sees the whole clip.

    Args:
        feat_dim: Channels of the frame feature.
        dim: Channels of the network, half in each direction.
        depth: Layers.
        fused_dim: Channels of ``F'``.
        kwargs: Arguments of :class:`FusionRefiner`.
    """

    def __init__(self,
                 feat_dim: int = 2048,
                 dim: int = 512,
                 depth: int = 1,
                 fused_dim: int = 2048,
                 **kwargs) -> None:
        super().__init__(fused_dim=fused_dim, **kwargs)
        self.embed_feat = nn.Linear(feat_dim, dim)
        self.gru = nn.GRU(
            dim, dim // 2, depth, batch_first=True, bidirectional=True)
        self.ffn = nn.Sequential(nn.LayerNorm(dim), MLP(dim, dim, fused_dim))

    def fused(self, motion: Tensor, feat: Tensor) -> Tensor:
        """``F'`` ``(B, T, fused_dim)``; the motion is not read."""
        x = self.embed_feat(feat)
        return self.ffn(x + self.gru(x)[0])


@MODELS.register_module()
class SelfAttentionRefiner(FusionRefiner):
    """Features of a clip fused by attention among themselves.

    As in GLoT (arXiv:2303.14747) and its like: "SA" in ARTS' table 4.

    Args:
        feat_dim: Channels of the frame feature.
        dim: Attention channels.
        depth: Blocks.
        num_heads: Attention heads.
        num_frames: Window length in training.
        fused_dim: Channels of ``F'``.
        kwargs: Arguments of :class:`FusionRefiner`.
    """

    def __init__(self,
                 feat_dim: int = 2048,
                 dim: int = 512,
                 depth: int = 1,
                 num_heads: int = 8,
                 num_frames: int = 16,
                 fused_dim: int = 2048,
                 **kwargs) -> None:
        super().__init__(fused_dim=fused_dim, **kwargs)
        self.embed_feat = nn.Linear(feat_dim, dim)
        self.position = LearnedPosition(num_frames, dim)
        # An MLP as wide as that of the cross-attention it is compared with.
        self.blocks = nn.Sequential(
            *(EncoderBlock(dim, num_heads, mlp_ratio=4.0)
              for _ in range(depth)))
        self.ffn = nn.Sequential(nn.LayerNorm(dim), MLP(dim, dim, fused_dim))

    def fused(self, motion: Tensor, feat: Tensor) -> Tensor:
        """``F'`` ``(B, T, fused_dim)``; the motion is not read."""
        x = self.embed_feat(feat)
        return self.ffn(self.blocks(x + self.position(x.shape[1])))
