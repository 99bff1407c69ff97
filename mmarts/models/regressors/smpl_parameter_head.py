# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Camera, pose and shape from one feature, as DSD-SATN predicts them."""
from typing import Optional

import roma
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.geometry.camera import shifted_to_weak
from mmarts.registry import MODELS


@MODELS.register_module()
class SMPLParameterHead(BaseModule):
    """One linear layer to the 85 numbers of DSD (ICCV 2019, 3.1).

    They are, in this order, the camera ``(s, tx, ty)`` with ``x_crop = s x +
    t`` (eq. 1), rotation vectors of all joints with the root first, and the
    shape.

    Args:
        in_dim: Channels of the feature.
        num_joints: Joints ``J`` of the body.
        num_betas: Shape coefficients ``S``.
    """

    def __init__(self,
                 in_dim: int = 512,
                 num_joints: int = 24,
                 num_betas: int = 10,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.sizes = (3, 3 * num_joints, num_betas)
        self.linear = nn.Linear(in_dim, sum(self.sizes))
        nn.init.kaiming_normal_(
            self.linear.weight, mode='fan_out', nonlinearity='relu')

    def forward(self, feat: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``(..., in_dim)`` to camera, rotations and shape.

        Returns:
            ``cam`` ``(..., 3)`` of mmarts' convention (``x_crop = s (x +
            t)``), ``rotmat`` ``(..., J, 3, 3)`` and ``betas`` ``(..., S)``.
        """
        cam, rotvec, betas = self.theta(feat).split(self.sizes, -1)
        rotmat = roma.rotvec_to_rotmat(rotvec.unflatten(-1, (-1, 3)))
        return shifted_to_weak(cam), rotmat, betas

    def theta(self, feat: Tensor) -> Tensor:
        """The numbers as the layer gives them: ``(..., 3 + 3 J + S)``."""
        return self.linear(feat)
