# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Things that stand before a person."""
import cv2
import numpy as np


def draw_occluders(rng: np.random.Generator, size: tuple[int, int],
                   box: np.ndarray) -> np.ndarray:
    """One to three boards, discs or posts over parts of a person.

    Args:
        rng: Decides all.
        size: ``(width, height)`` of the picture, pixels.
        box: ``(2, 2)`` corners of the person's box in the picture, pixels.

    Returns:
        ``(H, W, 4)`` RGBA uint8, the colour multiplied by alpha.
    """
    mask = np.zeros((size[1], size[0]), np.uint8)
    image = np.zeros((size[1], size[0], 4), np.uint8)
    side = (box[1] - box[0]).max()
    for _ in range(rng.integers(1, 4)):
        centre = rng.uniform(*box)
        extent = side * rng.uniform(0.08, 0.35, 2)
        mask[:] = 0
        _fill(mask, rng, centre, extent)
        colour = rng.uniform(10, 245, 3)
        light = np.linspace(*rng.uniform(0.7, 1.2, 2), size[0])[:, None]
        grain = rng.normal(0, rng.uniform(2, 20), (16, 16)).astype(np.float32)
        grain = cv2.resize(grain, size, interpolation=cv2.INTER_CUBIC)
        inside = mask > 0
        texture = (colour * light + grain[..., None]).clip(0, 255)
        image[inside, :3] = texture[inside]
        image[inside, 3] = 255
    return image


def _fill(mask: np.ndarray, rng: np.random.Generator, centre: np.ndarray,
          extent: np.ndarray) -> None:
    """Draw a rotated rectangle, an ellipse or an upright post."""
    kind, angle = rng.integers(3), rng.uniform(0, 180)
    middle = tuple(float(v) for v in centre)
    if kind == 0:
        corners = cv2.boxPoints((middle, tuple(map(float, extent)), angle))
        cv2.fillConvexPoly(mask, corners.astype(np.int32), 255)
    elif kind == 1:
        cv2.ellipse(mask, (middle, tuple(map(float, extent)), angle), 255, -1)
    else:
        left = int(centre[0] - extent[0] / 4)
        right = int(centre[0] + extent[0] / 4)
        cv2.rectangle(mask, (left, 0), (right, mask.shape[0]), 255, -1)
