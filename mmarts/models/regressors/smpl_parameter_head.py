# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Camera, pose and shape from one feature, as DSD-SATN predicts them."""
import math
from typing import Optional

import roma
import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.geometry.camera import shifted_to_weak
from mmarts.registry import MODELS
from mmarts.utils.precision import no_autocast, widened

STARTS = ('release', 'upright')
# A person who stands fills so much of half a crop in a metre.
_UPRIGHT_SCALE = 0.9
_SMALL = 0.01


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
        start: What an untrained head gives. ``'release'``: the release's
            random numbers, rotations of any angle among them; ``'upright'``:
            nearly the mean body, at rest and upright before the camera.

    Raises:
        ValueError: For another start.
    """

    def __init__(self,
                 in_dim: int = 512,
                 num_joints: int = 24,
                 num_betas: int = 10,
                 start: str = 'release',
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        if start not in STARTS:
            raise ValueError(f'start should be one of {STARTS}, but is '
                             f'"{start}".')
        self.sizes = (3, 3 * num_joints, num_betas)
        self.linear = nn.Linear(in_dim, sum(self.sizes))
        nn.init.kaiming_normal_(
            self.linear.weight, mode='fan_out', nonlinearity='relu')
        if start == 'upright':
            with torch.no_grad():
                self.linear.weight.mul_(_SMALL)
                self.linear.bias.zero_()
                self.linear.bias[0] = _UPRIGHT_SCALE
                # The camera's y points down.
                self.linear.bias[3] = math.pi

    def forward(self, feat: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``(..., in_dim)`` to camera, rotations and shape.

        Returns:
            ``cam`` ``(..., 3)`` of mmarts' convention (``x_crop = s (x +
            t)``), ``rotmat`` ``(..., J, 3, 3)`` and ``betas`` ``(..., S)``.
        """
        # In bfloat16 an angle near pi is a multiple of a degree.
        with no_autocast(feat):
            theta = self.theta(widened(feat))
            cam, rotvec, betas = theta.split(self.sizes, -1)
            rotmat = roma.rotvec_to_rotmat(rotvec.unflatten(-1, (-1, 3)))
            return shifted_to_weak(cam), rotmat, betas

    def theta(self, feat: Tensor) -> Tensor:
        """The numbers as the layer gives them: ``(..., 3 + 3 J + S)``."""
        return self.linear(feat)
