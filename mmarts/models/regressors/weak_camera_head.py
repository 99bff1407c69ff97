# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A learned camera, the option beside CameraSolver."""
from typing import Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor

from mmarts.geometry.boxes import window_box
from mmarts.geometry.camera import weak_to_translation
from mmarts.models.layers import MLP
from mmarts.registry import MODELS


@MODELS.register_module()
class WeakCameraHead(BaseModule):
    """``cam`` (s, tx, ty) of a box, from feature and skeleton.

    Trained by a reprojection loss (``losses['keypoints2d']``) of its own.
    The box is that of the frame's keypoints.

    Args:
        num_joints: Joints ``K`` of the skeleton.
        feat_dim: Channels of the frame feature.
        hidden_dim: Channels inside.
        min_score: Keypoints with a lower score do not shape the box.
    """

    def __init__(self,
                 num_joints: int = 19,
                 feat_dim: int = 256,
                 hidden_dim: int = 128,
                 min_score: float = 0.1,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.min_score = min_score
        self.mlp = MLP(num_joints * 3 + feat_dim, hidden_dim, 3)
        # A body of 2 m spans a box of side 2 in crop units: s starts at 0.9.
        self.register_buffer(
            'start', torch.tensor([0.9, 0., 0.]), persistent=False)

    def forward(self, joints3d: Tensor, feat: Tensor, inputs: dict) -> Tensor:
        """``transl`` ``(B, T, 3)`` metres; arguments as CameraSolver's."""
        cam = self.cam(joints3d, feat)
        seen = inputs['keypoints2d_score'] >= self.min_score
        centre, size = window_box(inputs['keypoints2d'][:, :, None],
                                  seen[:, :, None])
        return weak_to_translation(cam, centre, size, inputs['K'][:, None])

    def cam(self, joints3d: Tensor, feat: Tensor) -> Tensor:
        """``(B, T, K, 3)`` and ``(B, T, C)`` to ``cam`` ``(B, T, 3)``."""
        x = torch.cat([joints3d.flatten(2), feat], -1)
        return self.start + self.mlp(x)
