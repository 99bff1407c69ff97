# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Scaled orthographic projection."""
from torch import Tensor, nn

from mmarts.registry import MODELS


@MODELS.register_module()
class WeakPerspective(nn.Module):
    """``x_crop = s * (x + tx)``: what INT's paper projects with (3.2).

    The paper writes ``s x + t``; the network learns ``t`` over ``s`` here,
    so that both projections mean the same translation.
    """

    def forward(self, joints3d: Tensor, cam: Tensor) -> Tensor:
        """Project joints.

        Args:
            joints3d: ``(B, T, K, 3)`` metres, camera axes.
            cam: ``(B, T, 3)`` (s, tx, ty).

        Returns:
            ``(B, T, K, 2)`` in [-1, 1] of the crop.
        """
        return cam[..., None, :1] * (joints3d[..., :2] + cam[..., None, 1:])
