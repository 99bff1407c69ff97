# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Released motion-centric features: image features asked by motion."""
from typing import Optional

from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from mmarts.models.layers import MLP, DropPath
from mmarts.registry import MODELS
from mmarts.structures import get_joint_set


@MODELS.register_module()
class MotionAttention(BaseModule):
    """``F' = Linear(Block(Q = Linear(motion), K = V = Linear(feat)))``.

    The release computes ``F'`` before the inverse kinematics, which reads
    it; in the paper (eq. 10) only the refinement does. Query, key and value
    have a layer norm each, and there is no embedding of time.

    Args:
        joint_set: Set of the ``K`` joints of the skeleton.
        feat_dim: Channels of the image feature, and of ``F'``.
        dim: Attention channels.
        num_heads: Attention heads.
        mlp_ratio: Hidden channels of the MLP over ``dim``.
        drop_path: Rate of both residual branches in training.
    """

    def __init__(self,
                 joint_set: str = 'coco19',
                 feat_dim: int = 2048,
                 dim: int = 512,
                 num_heads: int = 8,
                 mlp_ratio: float = 4.0,
                 drop_path: float = 0.2,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.num_heads = num_heads
        num_joints = len(get_joint_set(joint_set))
        self.embed_motion = nn.Linear(num_joints * 3, dim)
        self.embed_feat = nn.Linear(feat_dim, dim)
        self.norm_query = nn.LayerNorm(dim)
        self.norm_key = nn.LayerNorm(dim)
        self.norm_value = nn.LayerNorm(dim)
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.project = nn.Linear(dim, dim)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = MLP(dim, int(dim * mlp_ratio), dim)
        self.drop_path = DropPath(drop_path)
        self.head = nn.Linear(dim, feat_dim)

    def forward(self, motion: Tensor, feat: Tensor, frames: Tensor) -> Tensor:
        """``F'`` of the frames asked for.

        Args:
            motion: ``(B, T, K, 3)`` metres a frame.
            feat: ``(B, T, C)``; every frame is a key, whatever is asked for.
            frames: ``(F,)`` positions in the window.

        Returns:
            ``(B, F, C)``.
        """
        query = self.embed_motion(motion[:, frames].flatten(2))
        return self.head(self.attend(query, self.embed_feat(feat)))

    def attend(self, query: Tensor, source: Tensor) -> Tensor:
        """``(B, F, dim)`` queries on ``(B, T, dim)``: ``(B, F, dim)``."""
        x = F.scaled_dot_product_attention(
            self._split(self.query(self.norm_query(query))),
            self._split(self.key(self.norm_key(source))),
            self._split(self.value(self.norm_value(source))))
        x = self.project(x.transpose(1, 2).flatten(2))
        query = query + self.drop_path(x)
        return query + self.drop_path(self.mlp(self.norm2(query)))

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
