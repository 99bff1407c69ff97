# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What all refiners share: heads that correct pose and shape."""
from abc import abstractmethod
from typing import Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.models.layers import MLP
from mmarts.registry import MODELS
from .rotation_blend import RotationBlend


class FusionRefiner(BaseModule):
    """Fused features, and two MLP heads that refine by them (ARTS, 3.3.3).

    The heads read the fused feature ``F'`` beside the initial parameters and
    give residuals; shape is one for the clip, so its head reads the mean of
    ``F'`` over time. How ``F'`` is made is up to the subclass.

    Args:
        num_body_joints: Joints of the body model.
        num_betas: Shape coefficients ``S``.
        fused_dim: Channels of ``F'`` (paper, 3.3.3: 2048).
        hidden_dim: Channels inside the heads.
        reach: Frames before and after one that its initial rotations are
            averaged with (:class:`RotationBlend`). The paper has heads that
            see one frame's pose, which cannot take away what shakes from one
            frame to the next; 0 leaves it so.
    """

    def __init__(self,
                 num_body_joints: int = 24,
                 num_betas: int = 10,
                 fused_dim: int = 2048,
                 hidden_dim: int = 1024,
                 reach: int = 0,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        pose_dim = num_body_joints * 6
        self.pose_head = MLP(fused_dim + pose_dim, hidden_dim, pose_dim)
        self.shape_head = MLP(fused_dim + num_betas, hidden_dim, num_betas)
        self.blend = (
            RotationBlend(fused_dim, num_body_joints, reach)
            if reach else None)
        # Refinement starts as no refinement.
        for head in (self.pose_head, self.shape_head):
            nn.init.zeros_(head[-1].weight)
            nn.init.zeros_(head[-1].bias)
        self.register_load_state_dict_pre_hook(FusionRefiner.convert_old)

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
        fused = self.fused(motion, feat)
        pose = self.pose_head(torch.cat([fused, rot6d.flatten(2)], -1))
        shape = self.shape_head(torch.cat([fused.mean(1), betas], -1))
        if self.blend is not None:
            rot6d = self.blend(fused, rot6d)
        return rot6d + pose.view_as(rot6d), betas + shape

    def convert_old(self, state: dict, prefix: str, *_) -> None:
        """Weights of a refiner that blends nothing to this one's, in place.

        Frames stay alone, also when such weights are trained further.

        Args:
            state: Of a file.
            prefix: Of this module's keys in it. Loading gives more, which is
                not read.
        """
        if self.blend is None or f'{prefix}blend.weights.bias' in state:
            return
        if any(name.startswith(f'{prefix}pose_head.') for name in state):
            alone = self.blend.frames_alone().items()
            state.update({f'{prefix}blend.{k}': v for k, v in alone})

    @abstractmethod
    def fused(self, motion: Tensor, feat: Tensor) -> Tensor:
        """``F'`` ``(B, T, fused_dim)``; arguments as :meth:`forward`'s."""


@MODELS.register_module()
class NoRefiner(BaseModule):
    """Initial pose and shape are the last word.

    ARTS without motion-centric refinement (ACM MM 2024, table 3).
    """

    def forward(self, motion: Tensor, feat: Tensor, rot6d: Tensor,
                betas: Tensor) -> tuple[Tensor, Tensor]:
        """``rot6d`` and ``betas`` as they came."""
        return rot6d, betas
