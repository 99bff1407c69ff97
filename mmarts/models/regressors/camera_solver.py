# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Places a posed body in front of the camera in closed form."""
import torch
from torch import Tensor, nn

from mmarts.geometry.camera import solve_translation
from mmarts.registry import MODELS


@MODELS.register_module()
class CameraSolver(nn.Module):
    """Translation that brings posed joints onto the 2D keypoints.

    ARTS' losses (eq. 11) supervise no camera. Under a full perspective
    camera of known focal length the translation follows from pose, shape and
    2D keypoints by weighted least squares; nothing is learned.

    Args:
        min_score: Keypoints with a lower score have no say.
    """

    def __init__(self, min_score: float = 0.1) -> None:
        super().__init__()
        self.min_score = min_score

    def forward(self, joints3d: Tensor, feat: Tensor, inputs: dict) -> Tensor:
        """Solve every frame by itself.

        Args:
            joints3d: ``(B, T, K, 3)`` metres, camera axes, any origin.
            feat: ``(B, T, C)``, not used.
            inputs: ``keypoints2d`` ``(B, T, K, 2)`` pixels,
                ``keypoints2d_score`` ``(B, T, K)`` in [0, 1], the weights,
                and ``K`` ``(B, 3, 3)``, pixels.

        Returns:
            ``transl`` ``(B, T, 3)`` metres to add to the joints.
        """
        return self.solve(joints3d, inputs['keypoints2d'],
                          inputs['keypoints2d_score'], inputs['K'][:, None])

    def solve(self, joints3d: Tensor, keypoints2d: Tensor, score: Tensor,
              K: Tensor) -> Tensor:
        """The same for tensors ``(..., K, .)`` and ``K`` ``(..., 3, 3)``."""
        weights = torch.where(score >= self.min_score, score, 0.)
        return solve_translation(joints3d, keypoints2d, weights, K)
