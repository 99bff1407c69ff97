# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Tells poses and shapes of people from others (HMR, arXiv:1712.06584)."""
from typing import Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.registry import MODELS


@MODELS.register_module()
class PoseShapeDiscriminator(BaseModule):
    """A score of every joint, of the whole pose and of the shape.

    A score is near 1 for what looks real and near 0 otherwise; there is no
    sigmoid. The root's rotation is no input.

    Args:
        num_joints: Joints but the root, ``J - 1``.
        num_betas: Shape coefficients ``S``.
        joint_dim: Channels of a joint.
        pose_dim: Channels inside the part on the whole pose.
        activation: Whether ReLU follows the layers on joints, as in HMR; the
            release of DSD-SATN has none.
    """

    def __init__(self,
                 num_joints: int = 23,
                 num_betas: int = 10,
                 joint_dim: int = 32,
                 pose_dim: int = 1024,
                 activation: bool = True,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        act = nn.ReLU if activation else nn.Identity
        self.embed = nn.Sequential(
            nn.Linear(9, joint_dim), act(), nn.Linear(joint_dim, joint_dim),
            act())
        self.joints = nn.ModuleList(
            nn.Linear(joint_dim, 1) for _ in range(num_joints))
        self.pose = nn.Sequential(
            nn.Linear(joint_dim * num_joints, pose_dim), nn.ReLU(),
            nn.Linear(pose_dim, pose_dim), nn.ReLU(), nn.Linear(pose_dim, 1))
        self.shape = nn.Sequential(
            nn.Linear(num_betas, num_betas // 2), nn.ReLU(),
            nn.Linear(num_betas // 2, 1))

    def forward(self, body_pose: Tensor, betas: Tensor) -> Tensor:
        """Scores ``(B, J + 1)``: joints but the root, pose, shape.

        Args:
            body_pose: ``(B, J - 1, 3, 3)``.
            betas: ``(B, S)``.
        """
        x = self.embed(body_pose.flatten(-2))
        joints = [layer(x[:, i]) for i, layer in enumerate(self.joints)]
        # Channels first, as released weights expect.
        pose = self.pose(x.mT.flatten(1))
        return torch.cat([*joints, pose, self.shape(betas)], 1)
