# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Gaussian noise on 3D skeletons, the same for whoever is tested."""
import zlib
from typing import Optional

import numpy as np
import torch
from torch import Tensor, nn

from mmarts.body_models import BodyModel
from mmarts.body_models.kinematics import bone_lengths
from mmarts.registry import MODELS
from mmarts.structures import get_joint_set


@MODELS.register_module()
class SkeletonNoise(nn.Module):
    """Independent Gaussian noise on the joints of every frame, in tests.

    ARTS' table 4 (ACM MM 2024) adds 2 % and 10 % and says neither of what
    length nor whether training had it too. Here: of the mean bone length of
    the body's mean shape, as the standard deviation along each axis, and
    only when a trained network is tested. That length is a choice: with 0.23
    m (COCO-19) 10 % shake a joint by 90 mm/frame^2, which is the order of
    the 57 the paper reports behind its frame-wise IK; 10 % of a person's
    height would shake it by 650.

    The noise of a frame follows from its track, its number and the seed, so
    that windows that share it agree, and so do all networks and batches.

    Args:
        body_model: Built body, given by the estimator; not kept.
        std: Fraction of the mean bone length.
        joint_set: Set of the ``K`` joints.
        seed: Decides the noise.
    """

    def __init__(self,
                 body_model: BodyModel,
                 std: float,
                 joint_set: str = 'coco19',
                 seed: int = 0) -> None:
        super().__init__()
        joints = get_joint_set(joint_set)
        rest = body_model.rest_joints(
            body_model.v_template.new_zeros(body_model.num_betas), joint_set)
        mean_length = bone_lengths(rest, joints.bone_indices).mean()
        self.std = std * float(mean_length)
        self.root_index, self.seed = joints.root_index, seed

    def forward(self,
                joints3d_rel: Tensor,
                data_samples: Optional[list] = None) -> Tensor:
        """Disturb all joints but the root.

        Args:
            joints3d_rel: ``(B, T, K, 3)`` metres, root at the origin.
            data_samples: ``B`` samples that say which frames these are.

        Returns:
            The same shape; the input itself in training.

        Raises:
            ValueError: If there are no samples.
        """
        if self.training:
            return joints3d_rel
        if not data_samples:
            raise ValueError('SkeletonNoise draws the noise of a frame by its '
                             'track and number and expects data_samples, but '
                             "got none: run mode 'predict' with samples.")
        noise = np.stack([
            self._white(sample, joints3d_rel.shape[2:])
            for sample in data_samples
        ])
        noise[:, :, self.root_index] = 0
        return joints3d_rel + self.std * torch.as_tensor(noise).to(
            joints3d_rel)

    def _white(self, sample, shape: tuple) -> np.ndarray:
        """N(0, 1) of the frames of a window: ``(T, K, 3)``."""
        track = f'{sample.dataset}/{sample.sequence}/{sample.person}'
        key = (self.seed, zlib.crc32(track.encode()))
        return np.stack([
            np.random.default_rng((*key, int(frame))).standard_normal(shape)
            for frame in sample.frame_index
        ])
