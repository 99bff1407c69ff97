# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The plain baseline: one frame's keypoints through an MLP."""
from typing import Optional

from mmarts.geometry.rotation import identity_rot6d
from mmarts.models.layers import MLP
from mmarts.registry import MODELS
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
        kwargs: Arguments of :class:`ParametricEstimator`.
    """

    def __init__(self,
                 normalizer: dict,
                 feature: dict,
                 hidden_dim: int = 512,
                 **kwargs) -> None:
        super().__init__(**kwargs)
        self.normalizer = MODELS.build(normalizer)
        self.feature = MODELS.build(feature)
        self.pose_dim = self.body_model.num_joints * 6
        self.head = MLP(self.feature.feat_dim, hidden_dim, hidden_dim,
                        self.pose_dim + self.body_model.num_betas)
        self.register_buffer(
            'rest',
            identity_rot6d(self.body_model.num_joints),
            persistent=False)

    def outputs(self, inputs: dict) -> dict:
        """What :meth:`ParametricEstimator.posed` gives."""
        keypoints2d_norm, context = self.normalizer(
            inputs['keypoints2d'], inputs['keypoints2d_score'], inputs['K'],
            inputs['image_size'])
        feat = self.feature(inputs, keypoints2d_norm, context)
        out = self.head(feat)
        rot6d = out[..., :self.pose_dim].unflatten(-1, (-1, 6)) + self.rest
        frames = self.frames(feat.shape[1])
        return self.posed(inputs, feat, rot6d[:, frames],
                          out[..., self.pose_dim:].mean(1), frames)

    def loss(self, inputs: dict, data_samples: list) -> dict:
        return self.body_losses(self.outputs(inputs), inputs, data_samples)

    def predict(self,
                inputs: dict,
                data_samples: Optional[list] = None) -> list:
        return self.body_predictions(self.outputs(inputs), data_samples)
