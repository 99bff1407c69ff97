# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What INT's tokens say (ICLR 2023, section 3.2)."""
from typing import Optional

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.registry import MODELS

FIRST_SCALE = 0.9  # of the weak-perspective camera


@MODELS.register_module()
class TokenHeads(BaseModule):
    """Three linear layers; that for rotations serves all joints.

    The camera starts at a person who fills nine tenths of the crop. From
    zero, training falls into negative scales: with ``s * (x + t)`` the way
    back leads through ``s = 0``, where ``t`` has no gradient.

    Args:
        dim: Channels ``C`` of a token.
        num_betas: Shape coefficients ``S``.
    """

    def __init__(self,
                 dim: int = 768,
                 num_betas: int = 10,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.pose = nn.Linear(dim, 6)
        self.shape = nn.Linear(dim, num_betas)
        self.camera = nn.Linear(dim, 3)
        for layer in (self.pose, self.shape, self.camera):
            nn.init.normal_(layer.weight, std=0.02)
            nn.init.zeros_(layer.bias)
        nn.init.constant_(self.camera.bias[:1], FIRST_SCALE)

    def forward(self, joints: Tensor, shape: Tensor,
                camera: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Read tokens.

        Args:
            joints: ``(B, T, J, C)``.
            shape, camera: ``(B, T, C)``.

        Returns:
            ``rot6d`` ``(B, T, J, 6)``, ``betas`` ``(B, T, S)``, ``cam``
            ``(B, T, 3)``.
        """
        return self.pose(joints), self.shape(shape), self.camera(camera)
