# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Boxes around keypoints, pixels."""
import torch
from torch import Tensor


def window_box(keypoints2d: Tensor,
               valid: Tensor,
               margin: float = 1.2) -> tuple[Tensor, Tensor]:
    """One square box for all keypoints of a window.

    Args:
        keypoints2d: ``(..., T, K, 2)`` pixels.
        valid: ``(..., T, K)`` bool; the others are left out.
        margin: Side of the square over the longer side of the tight box.

    Returns:
        Centre ``(..., 2)`` and side ``(...)`` in pixels. A window without
        any valid keypoint gets the unit box at the origin.
    """
    points, mask = keypoints2d.flatten(-3, -2), valid.flatten(-2)[..., None]
    low = torch.where(mask, points, torch.inf).amin(-2)
    high = torch.where(mask, points, -torch.inf).amax(-2)
    seen = mask.any(-2)
    centre = torch.where(seen, (low + high) / 2, 0.)
    size = torch.where(seen, high - low, 1.).amax(-1)
    return centre, (margin * size).clamp(min=1.)
