# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Backgrounds that look like rooms, drawn from random numbers."""
import cv2
import numpy as np


def room(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A background ``(H, W, 3)`` uint8: wall, floor, things, stains.

    Args:
        rng: Decides all.
        size: ``(width, height)``, pixels.
    """
    width, height = size
    image = np.empty((height, width, 3), np.float32)
    horizon = int(height * rng.uniform(0.35, 0.75))
    wall, floor = rng.uniform(40, 230, (2, 3))
    image[:horizon], image[horizon:] = wall, floor
    for _ in range(rng.integers(0, 14)):
        corner = rng.uniform(-0.1, 1, 2) * size
        extent = rng.uniform(0.03, 0.4, 2) * size
        first = tuple(int(v) for v in corner)
        last = tuple(int(v) for v in corner + extent)
        colour = tuple(rng.uniform(10, 245, 3))
        if rng.random() < 0.7:
            cv2.rectangle(image, first, last, colour, -1)
        else:
            cv2.ellipse(image, first, tuple(int(v) for v in extent / 2 + 1),
                        rng.uniform(0, 180), 0, 360, colour, -1)
    grain = np.zeros((height, width), np.float32)
    for cells in (3, 8, 24, 80):
        patch = rng.normal(0, rng.uniform(2, 14), (cells, cells))
        grain += cv2.resize(
            patch.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    image += grain[..., None]
    light = np.linspace(*rng.uniform(0.75, 1.2, 2), width, dtype=np.float32)
    image *= light[:, None]
    return image.clip(0, 255, out=image).astype(np.uint8)
