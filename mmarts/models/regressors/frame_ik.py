# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Frame-wise inverse kinematics: analytic swing, twist from features."""
from typing import Optional

from mmengine.model import BaseModule
from torch import Tensor
from torch.nn import functional as F

from mmarts.body_models import BodyModel
from mmarts.geometry.rotation import (identity_rot6d, rot6d_to_rotmat,
                                      rotmat_to_rot6d)
from mmarts.models.layers import MLP
from mmarts.registry import MODELS
from mmarts.utils.precision import no_autocast, widened
from .swing_ik import SwingIK


@MODELS.register_module()
class FrameIK(BaseModule):
    """Initial pose of each frame by itself, as HybrIK makes it.

    ``R = swing(J) @ twist(F)`` (arXiv:2011.14672): the swing of each limb
    joint follows from the joints in closed form, its twist about the bone is
    a (cos, sin) pair read off the frame's feature. HybrIK finds spine,
    collars, neck, wrists and feet from joints of its own skeleton; a skeleton
    that does not show them leaves them to the feature as well. What ARTS
    calls frame-based IK (ACM MM 2024, 4.4.2), beside :class:`TemporalIK`.

    Args:
        body_model: Built body, given by the estimator; not kept.
        joint_set: Set of the ``K`` joints of the skeleton.
        feat_dim: Channels of the frame feature.
        hidden_dim: Channels inside the MLP.
    """

    def __init__(self,
                 body_model: BodyModel,
                 joint_set: str = 'coco19',
                 feat_dim: int = 2048,
                 hidden_dim: int = 512,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.swing_ik = SwingIK(body_model, joint_set)
        self.twist_dim = 2 * len(self.swing_ik.swung)
        hidden = len(self.swing_ik.hidden)
        self.mlp = MLP(feat_dim, hidden_dim, hidden_dim,
                       self.twist_dim + 6 * hidden)
        self.register_buffer('rest', identity_rot6d(hidden), persistent=False)

    def forward(self, joints3d_rel: Tensor, feat: Tensor) -> Tensor:
        """Rotations ``rot6d`` ``(B, T, 24, 6)`` of every frame.

        Args:
            joints3d_rel: ``(B, T, K, 3)`` metres, root-centred.
            feat: ``(B, T, C)``.
        """
        out = widened(self.mlp(feat))
        with no_autocast(out):
            twist = out[..., :self.twist_dim].unflatten(-1, (-1, 2))
            # It starts near no twist.
            twist = twist + twist.new_tensor([1., 0.])
            hidden = out[..., self.twist_dim:].unflatten(-1, (-1, 6))
            return rotmat_to_rot6d(
                self.swing_ik(
                    widened(joints3d_rel), F.normalize(twist, dim=-1),
                    rot6d_to_rotmat(self.rest + hidden)))
