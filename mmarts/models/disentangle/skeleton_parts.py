# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Skeletons taken apart into joints, bones and motion (ARTS, 3.2.2)."""
import torch
from torch import Tensor, nn

from mmarts.body_models.kinematics import bone_lengths
from mmarts.registry import MODELS
from mmarts.structures import get_joint_set


@MODELS.register_module()
class SkeletonParts(nn.Module):
    """Joint positions ``J``, bone lengths ``B`` and human motion ``M``.

    ``M = [avg(M_t), M_t]`` with ``M_t = S_t - S_{t-1}`` (ARTS, ACM MM 2024,
    eq. 2) and ``B_n = 1/T sum_t |S_{t,i} - S_{t,j}|`` (eq. 3).

    Args:
        joint_set: Name of the set whose ``N`` bones are measured.
    """

    def __init__(self, joint_set: str = 'coco19') -> None:
        super().__init__()
        self.bones = get_joint_set(joint_set).bone_indices

    def forward(self, joints3d_rel: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Take a window apart.

        Args:
            joints3d_rel: ``(B, T, K, 3)`` metres.

        Returns:
            Joints ``(B, T, K, 3)``, bone lengths ``(B, N)`` and motion
            ``(B, T, K, 3)`` in metres and metres a frame. A still (T = 1)
            has motion 0.
        """
        lengths = bone_lengths(joints3d_rel, self.bones).mean(1)
        motion = joints3d_rel.diff(dim=1)
        # The sum over max(T - 1, 1) is the mean, and 0 for a still.
        average = motion.sum(1, keepdim=True) / max(motion.shape[1], 1)
        return joints3d_rel, lengths, torch.cat([average, motion], 1)
