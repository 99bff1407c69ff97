# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Motion-centric refinement of pose and shape (ARTS, 3.3.3)."""
from typing import Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.models.layers import MLP, CrossAttentionBlock
from mmarts.registry import MODELS


@MODELS.register_module()
class MotionCentricRefiner(BaseModule):
    """Features asked by motion, and heads that refine pose and shape.

    ``F' = FFN(MCA(Q_m, K_i, V_i))`` (ARTS, ACM MM 2024, eq. 10): queries are
    the projected motion, keys and values the projected frame features. Two
    MLP heads read ``F'`` beside the initial parameters and give residuals;
    shape is one for the clip, so its head reads the mean of ``F'`` over time.

    Args:
        num_joints: Joints ``K`` of the skeleton.
        num_body_joints: Joints of the body model.
        num_betas: Shape coefficients ``S``.
        feat_dim: Channels of the frame feature.
        dim: Attention channels ``C2`` (paper, 4.2: 512).
        depth: Cross-attention layers ``L2`` (paper, 4.2: 1).
        num_heads: Attention heads.
        fused_dim: Channels of ``F'`` (paper, 3.3.3: 2048).
        hidden_dim: Channels inside the heads.
    """

    def __init__(self,
                 num_joints: int = 19,
                 num_body_joints: int = 24,
                 num_betas: int = 10,
                 feat_dim: int = 2048,
                 dim: int = 512,
                 depth: int = 1,
                 num_heads: int = 8,
                 fused_dim: int = 2048,
                 hidden_dim: int = 1024,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        pose_dim = num_body_joints * 6
        self.embed_motion = nn.Linear(num_joints * 3, dim)
        self.embed_feat = nn.Linear(feat_dim, dim)
        self.blocks = nn.ModuleList(
            CrossAttentionBlock(dim, num_heads) for _ in range(depth))
        self.ffn = nn.Sequential(nn.LayerNorm(dim), MLP(dim, dim, fused_dim))
        self.pose_head = MLP(fused_dim + pose_dim, hidden_dim, pose_dim)
        self.shape_head = MLP(fused_dim + num_betas, hidden_dim, num_betas)
        # Refinement starts as no refinement.
        for head in (self.pose_head, self.shape_head):
            nn.init.zeros_(head[-1].weight)
            nn.init.zeros_(head[-1].bias)

    def forward(self, motion: Tensor, feat: Tensor, rot6d: Tensor,
                betas: Tensor) -> tuple[Tensor, Tensor]:
        """Refine the initial parameters.

        Args:
            motion: ``(B, T, K, 3)`` metres a frame.
            feat: ``(B, T, C)``.
            rot6d: ``(B, T, K', 6)`` initial rotations.
            betas: ``(B, S)`` initial shape.

        Returns:
            Refined ``rot6d`` and ``betas`` of the same shapes.
        """
        fused = self.motion_centric_feature(motion, feat)
        pose = self.pose_head(torch.cat([fused, rot6d.flatten(2)], -1))
        shape = self.shape_head(torch.cat([fused.mean(1), betas], -1))
        return rot6d + pose.view_as(rot6d), betas + shape

    def motion_centric_feature(self, motion: Tensor, feat: Tensor) -> Tensor:
        """``F'`` ``(B, T, fused_dim)`` of eq. 10."""
        query = self.embed_motion(motion.flatten(2))
        source = self.embed_feat(feat)
        for block in self.blocks:
            query = block(query, source)
        return self.ffn(query)
