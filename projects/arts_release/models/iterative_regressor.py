# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""SPIN's iterative regressor of body parameters."""
from typing import Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.registry import MODELS


@MODELS.register_module()
class IterativeRegressor(BaseModule):
    """Three rounds of residual corrections (SPIN, arXiv:1909.12828).

    Pose, shape and camera start from what is given and are corrected by two
    linear layers and three linear heads that read them beside the feature.
    The part of the first layer that reads the feature is the same in every
    round and computed once.

    Args:
        num_body_joints: Joints ``J`` of the body model.
        num_betas: Shape coefficients ``S``.
        feat_dim: Channels of the feature.
        hidden_dim: Channels of both layers.
        num_rounds: Corrections.
        dropout: Rate after both layers.
        mean_cam: (s, tx, ty) that the camera starts from.
    """

    def __init__(self,
                 num_body_joints: int = 24,
                 num_betas: int = 10,
                 feat_dim: int = 2048,
                 hidden_dim: int = 1024,
                 num_rounds: int = 3,
                 dropout: float = 0.5,
                 mean_cam: tuple = (0.9, 0., 0.),
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        pose_dim, cam_dim = num_body_joints * 6, len(mean_cam)
        state_dim = pose_dim + num_betas + cam_dim
        self.num_rounds = num_rounds
        # One layer of SPIN, so it starts at the spread of one.
        whole = nn.Linear(feat_dim + state_dim, hidden_dim)
        self.embed_feat = nn.Linear(feat_dim, hidden_dim)
        self.embed_state = nn.Linear(state_dim, hidden_dim, bias=False)
        with torch.no_grad():
            self.embed_feat.weight.copy_(whole.weight[:, :feat_dim])
            self.embed_feat.bias.copy_(whole.bias)
            self.embed_state.weight.copy_(whole.weight[:, feat_dim:])
        self.hidden = nn.Linear(hidden_dim, hidden_dim)
        self.dropout = nn.Dropout(dropout)
        self.pose_head = nn.Linear(hidden_dim, pose_dim)
        self.shape_head = nn.Linear(hidden_dim, num_betas)
        self.cam_head = nn.Linear(hidden_dim, cam_dim)
        for head in (self.pose_head, self.shape_head, self.cam_head):
            nn.init.xavier_uniform_(head.weight, gain=0.01)
        self.register_buffer('mean_cam', torch.tensor(mean_cam))

    def forward(self, feat: Tensor, rot6d: Tensor,
                betas: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Correct initial parameters.

        Args:
            feat: ``(B, F, C)``.
            rot6d: ``(B, F, J, 6)``.
            betas: ``(B, S)``, of the window.

        Returns:
            ``rot6d`` ``(B, F, J, 6)``, ``betas`` ``(B, F, S)`` and ``cam``
            ``(B, F, 3)``, the weak perspective (s, tx, ty).
        """
        leading = feat.shape[:2]
        pose = rot6d.flatten(2)
        shape = betas[:, None].expand(*leading, -1)
        cam = self.mean_cam.expand(*leading, -1)
        embedded = self.embed_feat(feat)
        for _ in range(self.num_rounds):
            state = torch.cat([pose, shape, cam], -1)
            x = self.dropout(embedded + self.embed_state(state))
            x = self.dropout(self.hidden(x))
            pose = pose + self.pose_head(x)
            shape = shape + self.shape_head(x)
            cam = cam + self.cam_head(x)
        return pose.view_as(rot6d), shape, cam
