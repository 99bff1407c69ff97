# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Square crops of a picture as affine maps."""
import torch
from torch import Tensor


def crop_affine(centre: Tensor,
                side: Tensor,
                size: int,
                turn: float = 0.0,
                mirror: bool = False) -> Tensor:
    """Picture to crop, pixels.

    Args:
        centre: ``(..., 2)`` of the square in the picture.
        side: ``(...)`` of it.
        size: Side of the crop, pixels.
        turn: Of the square in the picture, radians; positive from the x axis
            to the y axis, clockwise to the eye.
        mirror: Left and right of the crop change places, pixel by pixel.

    Returns:
        ``(..., 2, 3)``; the middle of the square goes to ``size / 2``.
    """
    scale = (size / side)[..., None, None]
    cos, sin = torch.tensor(turn).to(side).cos(), torch.tensor(turn).to(
        side).sin()
    linear = scale * torch.stack(
        [torch.stack([cos, sin]),
         torch.stack([-sin, cos])])
    shift = size / 2 - (linear @ centre[..., None])[..., 0]
    affine = torch.cat([linear, shift[..., None]], -1)
    if mirror:
        flip = affine.new_tensor([[-1., 0], [0, 1]])
        affine = flip @ affine
        affine[..., 0, 2] += size - 1
    return affine


def apply_affine(points: Tensor, affine: Tensor) -> Tensor:
    """``(..., K, 2)`` points by ``(..., 2, 3)`` maps."""
    return points @ affine[..., :2].mT + affine[..., None, :, 2]


def pixels_to_crop(pixels: Tensor, size: int) -> Tensor:
    """Pixels of a crop to [-1, 1]: ``2 x / size - 1``."""
    return 2 * pixels / size - 1
