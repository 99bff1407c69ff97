# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Temporal inverse kinematics: joints to rotations (ARTS, 3.3.1)."""
from typing import Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from mmarts.body_models import BodyModel
from mmarts.geometry.rotation import (identity_rot6d, rot6d_to_rotmat,
                                      rotmat_to_rot6d)
from mmarts.models.layers import MLP, EncoderBlock, LearnedPosition
from mmarts.registry import MODELS
from mmarts.structures import get_joint_set
from mmarts.utils.precision import no_autocast, widened
from .swing_ik import SwingIK


@MODELS.register_module()
class TemporalIK(BaseModule):
    """Initial pose of every frame from joint positions and features.

    ``swing = MLP(J)``, ``twist = MLP(F)`` (ARTS, ACM MM 2024, eq. 4),
    ``theta_init = MSA(MLP(concat[swing, twist]))`` over time (eq. 5).

    Args:
        joint_set: Set of the ``K`` joints of the skeleton.
        num_body_joints: Joints ``K'`` of the body model.
        feat_dim: Channels of the frame feature.
        hidden_dim: Channels inside the MLPs.
        dim: Channels of the attention over time.
        depth: Attention blocks (the paper writes one MSA).
        num_heads: Attention heads.
        num_frames: Window length in training.
        body_model: Built body, given by the estimator; not kept.
        analytic_swing: Whether the network gives rotations relative to
            those of :class:`SwingIK`, from joints turned into the torso's
            frame. What follows from the joints in closed form then need not
            be learned; the paper's network learns all of it.
    """

    def __init__(self,
                 body_model: BodyModel,
                 joint_set: str = 'coco19',
                 num_body_joints: int = 24,
                 feat_dim: int = 2048,
                 hidden_dim: int = 512,
                 dim: int = 512,
                 depth: int = 1,
                 num_heads: int = 8,
                 num_frames: int = 16,
                 analytic_swing: bool = False,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.num_body_joints = num_body_joints
        joints = get_joint_set(joint_set)
        self.swing_ik = (
            SwingIK(body_model, joint_set) if analytic_swing else None)
        swing_dim, twist_dim = num_body_joints * 6, (num_body_joints - 1) * 2
        self.swing = MLP(len(joints) * 3, hidden_dim, hidden_dim, swing_dim)
        self.twist = MLP(feat_dim, hidden_dim, twist_dim)
        self.merge = MLP(swing_dim + twist_dim, hidden_dim, dim)
        self.position = LearnedPosition(num_frames, dim)
        self.attention = nn.Sequential(*(EncoderBlock(dim, num_heads)
                                         for _ in range(depth)))
        self.head = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, swing_dim))
        self.register_buffer(
            'rest', identity_rot6d(num_body_joints), persistent=False)

    def forward(self, joints3d_rel: Tensor, feat: Tensor) -> Tensor:
        """Rotations ``rot6d`` ``(B, T, K', 6)`` of every frame.

        Args:
            joints3d_rel: ``(B, T, K, 3)`` metres, root-centred.
            feat: ``(B, T, C)``.
        """
        base = None
        if self.swing_ik is not None:
            joints3d_rel = widened(joints3d_rel)
            with no_autocast(joints3d_rel):
                base = self.swing_ik(joints3d_rel)
            # Rows times R: every joint turned by R^T into the torso's frame.
            joints3d_rel = joints3d_rel @ base[..., 0, :, :]
        swing, twist = self.swing_and_twist(joints3d_rel, feat)
        x = self.merge(torch.cat([swing.flatten(2), twist.flatten(2)], -1))
        x = self.attention(x + self.position(x.shape[1]))
        residual = self.head(x).unflatten(-1, (self.num_body_joints, 6))
        # Starting from the rest pose keeps the first steps well-conditioned:
        # Gram-Schmidt of a vector near zero has an unbounded gradient.
        rot6d = self.rest + residual
        if base is None:
            return rot6d
        with no_autocast(base):
            return rotmat_to_rot6d(base @ rot6d_to_rotmat(widened(rot6d)))

    def swing_and_twist(self, joints3d_rel: Tensor,
                        feat: Tensor) -> tuple[Tensor, Tensor]:
        """Swing ``(B, T, K', 6)`` and twist ``(B, T, K'-1, 2)`` (eq. 4).

        The twist of each joint but the root is a unit (cos, sin) pair.
        """
        swing = self.swing(joints3d_rel.flatten(2))
        twist = self.twist(feat).unflatten(-1, (-1, 2))
        return (swing.unflatten(-1,
                                (-1, 6)), F.normalize(twist, dim=-1, eps=1e-6))
