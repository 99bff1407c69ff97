# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The plain baseline: one frame's keypoints through an MLP."""
from typing import Optional

import torch
from torch import Tensor

from mmarts.geometry.rotation import identity_rot6d
from mmarts.models.layers import MLP
from mmarts.registry import MODELS
from .base import at_frames, every_nth_frame
from .parametric import ParametricEstimator


@MODELS.register_module()
class SingleFrameMLP(ParametricEstimator):
    """Pose and shape of each frame from its own 2D keypoints.

    What every method must beat to have earned its parts: it sees no other
    frame, knows no skeleton, and has ARTS' losses (eq. 11). Shape is the
    mean over the window, so that it is no worse off there.

    Args:
        normalizer: Config: pixels -> ``keypoints2d_norm``.
        feature: Config of the MLP's first half.
        hidden_dim: Channels of its second half.
        frame_step: It is trained on every n-th frame of a window, the middle
            one among them: neighbours teach a single-frame network nothing
            new, and the same time shows it more windows.
        kwargs: Arguments of :class:`ParametricEstimator`.
    """

    def __init__(self,
                 normalizer: dict,
                 feature: dict,
                 hidden_dim: int = 512,
                 frame_step: int = 1,
                 **kwargs) -> None:
        super().__init__(**kwargs)
        self.normalizer = MODELS.build(normalizer)
        self.feature = MODELS.build(feature)
        self.frame_step = frame_step
        self.pose_dim = self.body_model.num_joints * 6
        self.head = MLP(self.feature.feat_dim, hidden_dim, hidden_dim,
                        self.pose_dim + self.body_model.num_betas)
        self.register_buffer(
            'rest',
            identity_rot6d(self.body_model.num_joints),
            persistent=False)

    def outputs(self, inputs: dict) -> dict:
        """What :meth:`ParametricEstimator.posed` gives."""
        return self._outputs(inputs,
                             self.frames(inputs['keypoints2d'].shape[1]))

    def _outputs(self, inputs: dict, frames: Tensor) -> dict:
        """Only these frames cost time; the box is that of the window."""
        keypoints2d_norm, context = self.normalizer(
            inputs['keypoints2d'], inputs['keypoints2d_score'], inputs['K'],
            inputs['image_size'])
        inputs = at_frames(inputs, frames)
        feat = self.feature(inputs, keypoints2d_norm[:, frames],
                            context[:, frames])
        out = self.head(feat)
        rot6d = out[..., :self.pose_dim].unflatten(-1, (-1, 6)) + self.rest
        betas = out[..., self.pose_dim:].mean(1)
        posed = self.posed(inputs, feat, rot6d, betas,
                           torch.arange(len(frames)))
        return dict(posed, frames=frames)

    def loss(self, inputs: dict, data_samples: list) -> dict:
        frames = every_nth_frame(inputs, self.frame_step)
        return self.body_losses(
            self._outputs(inputs, frames), inputs, data_samples)

    def predict(self,
                inputs: dict,
                data_samples: Optional[list] = None) -> list:
        return self.body_predictions(self.outputs(inputs), data_samples)
