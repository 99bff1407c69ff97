# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Released inverse kinematics: two normalising flows, frame by frame."""
from typing import Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.registry import MODELS
from mmarts.structures import get_joint_set
from .coupling_flow import CouplingFlow

# What the flows carry beside the swings: the first's noise, and shape inputs
# of its networks that a mask of zeros switches off in the release.
_SWING_REST = 32
_DEAD_SHAPE_INPUTS = 10
_TWIST_EPS = 1e-8


@MODELS.register_module()
class FlowIK(BaseModule):
    """Joints to swings, swings and twists to rotations, by two flows.

    The first flow reads joints, a confidence of 1 each and zeros, and gives
    swings in 6D; the second reads these beside (cos, sin) of the twists,
    which three linear layers find from ``F'``. Nothing in it knows of time.
    (Release of ARTS, commit deb8c12; the paper's eqs. 4 and 5 are
    ``TemporalIK``.)

    Args:
        joint_set: Set of the ``K`` joints of the skeleton; the first of them
            is put at the origin (in COCO-19 that is the nose).
        num_body_joints: Joints ``J`` of the body model.
        feat_dim: Channels of ``F'``.
        twist_dim: Channels of the twists' hidden layers.
        hidden_dim: Channels inside the flows' networks.
        depth: Coupling layers of each flow.
        dropout: Rate in the twists' layers and the second flow.
    """

    def __init__(self,
                 joint_set: str = 'coco19',
                 num_body_joints: int = 24,
                 feat_dim: int = 2048,
                 twist_dim: int = 1024,
                 hidden_dim: int = 512,
                 depth: int = 16,
                 dropout: float = 0.5,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.num_joints = len(get_joint_set(joint_set))
        self.swing_dim = num_body_joints * 6
        twists = (num_body_joints - 1) * 2
        self.twist = nn.Sequential(
            nn.Linear(feat_dim, twist_dim), nn.Dropout(dropout),
            nn.Linear(twist_dim, twist_dim), nn.Dropout(dropout),
            nn.Linear(twist_dim, twists))
        dim = self.swing_dim + _SWING_REST
        self.joints_to_swing = CouplingFlow(
            dim, depth, hidden_dim, full_in_dim=dim + _DEAD_SHAPE_INPUTS)
        self.swing_to_rotation = CouplingFlow(self.swing_dim + twists, depth,
                                              hidden_dim, dropout)

    def forward(self, joints: Tensor, fused: Tensor) -> Tensor:
        """Rotations ``rot6d`` ``(B, F, J, 6)`` (columns, SPIN's layout).

        Args:
            joints: ``(B, F, K, 3)`` metres.
            fused: ``F'`` ``(B, F, C)`` of the same frames.
        """
        swing = self.joints_to_swing(self.flow_input(joints))
        swing = swing[..., :self.swing_dim]
        twist = unit_pairs(self.twist(fused)).flatten(-2)
        rot6d = self.swing_to_rotation(torch.cat([swing, twist], -1))
        return rot6d[..., :self.swing_dim].unflatten(-1, (-1, 6))

    def flow_input(self, joints: Tensor) -> Tensor:
        """Vectors ``(B, F, dim)``: joints, their confidence, padding."""
        joints = joints - joints[..., :1, :]
        x = joints.new_zeros(*joints.shape[:2], self.joints_to_swing.dim)
        x[..., :3 * self.num_joints] = joints.flatten(-2)
        x[..., 3 * self.num_joints:4 * self.num_joints] = 1
        return x


def unit_pairs(x: Tensor) -> Tensor:
    """``(..., 2 N)`` to N unit vectors ``(..., N, 2)``."""
    pairs = x.unflatten(-1, (-1, 2))
    return pairs / (pairs.norm(dim=-1, keepdim=True) + _TWIST_EPS)
