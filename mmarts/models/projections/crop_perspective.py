# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Perspective projection by an assumed long lens."""
import torch
from torch import Tensor, nn

from mmarts.registry import MODELS


@MODELS.register_module()
class CropPerspective(nn.Module):
    """A crop seen by a camera of its own: SPIN's, and INT's release.

    Args:
        focal_length: Assumed, in pixels of the crop.
        image_size: Side of the crop, pixels.
    """

    # SPIN's guard against a scale of 0.
    epsilon = 1e-9

    def __init__(self,
                 focal_length: float = 5000.0,
                 image_size: int = 224) -> None:
        super().__init__()
        self.focal_length, self.image_size = focal_length, image_size

    def forward(self, joints3d: Tensor, cam: Tensor) -> Tensor:
        """Project joints.

        Args:
            joints3d: ``(B, T, K, 3)`` metres, camera axes.
            cam: ``(B, T, 3)`` (s, tx, ty).

        Returns:
            ``(B, T, K, 2)`` in [-1, 1] of the crop. A negative scale gives
            a body behind the camera, as in the release.
        """
        depth = 2 * self.focal_length / (
            self.image_size * cam[..., :1] + self.epsilon)
        moved = joints3d + torch.cat([cam[..., 1:], depth], -1)[..., None, :]
        zoom = 2 * self.focal_length / self.image_size
        return zoom * moved[..., :2] / moved[..., 2:]
