# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Motion-centric refinement of pose and shape (ARTS, 3.3.3)."""
from torch import Tensor, nn

from mmarts.models.layers import MLP, CrossAttentionBlock
from mmarts.registry import MODELS
from .fusion_refiner import FusionRefiner


@MODELS.register_module()
class MotionCentricRefiner(FusionRefiner):
    """Features asked by motion.

    ``F' = FFN(MCA(Q_m, K_i, V_i))`` (ARTS, ACM MM 2024, eq. 10): queries are
    the projected motion, keys and values the projected frame features.

    Args:
        num_joints: Joints ``K`` of the skeleton.
        feat_dim: Channels of the frame feature.
        dim: Attention channels ``C2`` (paper, 4.2: 512).
        depth: Cross-attention layers ``L2`` (paper, 4.2: 1).
        num_heads: Attention heads.
        fused_dim: Channels of ``F'`` (paper, 3.3.3: 2048).
        kwargs: Arguments of :class:`FusionRefiner`.
    """

    def __init__(self,
                 num_joints: int = 19,
                 feat_dim: int = 2048,
                 dim: int = 512,
                 depth: int = 1,
                 num_heads: int = 8,
                 fused_dim: int = 2048,
                 **kwargs) -> None:
        super().__init__(fused_dim=fused_dim, **kwargs)
        self.embed_motion = nn.Linear(num_joints * 3, dim)
        self.embed_feat = nn.Linear(feat_dim, dim)
        self.blocks = nn.ModuleList(
            CrossAttentionBlock(dim, num_heads) for _ in range(depth))
        self.ffn = nn.Sequential(nn.LayerNorm(dim), MLP(dim, dim, fused_dim))

    def fused(self, motion: Tensor, feat: Tensor) -> Tensor:
        """``F'`` ``(B, T, fused_dim)`` of eq. 10."""
        query = self.embed_motion(motion.flatten(2))
        source = self.embed_feat(feat)
        for block in self.blocks:
            query = block(query, source)
        return self.ffn(query)
