# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pose and shape straight from features: what stands in for TIK and BSF."""
from typing import Optional

from mmengine.model import BaseModule
from torch import Tensor

from mmarts.body_models import BodyModel
from mmarts.geometry.rotation import identity_rot6d
from mmarts.models.layers import MLP
from mmarts.registry import MODELS


@MODELS.register_module()
class FeaturePoseHead(BaseModule):
    """Initial pose of each frame from its feature; no skeleton is read.

    ARTS without temporal inverse kinematics (ACM MM 2024, table 3).

    Args:
        body_model: Built body, given by the estimator; not kept.
        feat_dim: Channels of the frame feature.
        hidden_dim: Channels inside.
    """

    def __init__(self,
                 body_model: BodyModel,
                 feat_dim: int = 2048,
                 hidden_dim: int = 512,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.mlp = MLP(feat_dim, hidden_dim, hidden_dim,
                       body_model.num_joints * 6)
        self.register_buffer(
            'rest', identity_rot6d(body_model.num_joints), persistent=False)

    def forward(self, joints3d_rel: Tensor, feat: Tensor) -> Tensor:
        """``(B, T, C)`` to ``rot6d`` ``(B, T, J, 6)``, near rest at first."""
        return self.rest + self.mlp(feat).unflatten(-1, (-1, 6))


@MODELS.register_module()
class FeatureShapeHead(BaseModule):
    """Initial shape from the mean feature of a clip; no bone is read.

    ARTS without bone-guided shape fitting (ACM MM 2024, table 3).

    Args:
        body_model: Built body, given by the estimator; not kept.
        feat_dim: Channels of the frame feature.
        hidden_dim: Channels inside.
    """

    def __init__(self,
                 body_model: BodyModel,
                 feat_dim: int = 2048,
                 hidden_dim: int = 512,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.mlp = MLP(feat_dim, hidden_dim, hidden_dim, body_model.num_betas)

    def forward(self, bone_lengths: Tensor, feat: Tensor) -> Tensor:
        """``(B, T, C)`` to ``betas`` ``(B, S)``."""
        return self.mlp(feat.mean(1))
