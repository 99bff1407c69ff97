# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Square crops at whole pixels, as DSD-SATN's release cuts them."""
from dataclasses import dataclass
from typing import Sequence

import cv2
import numpy as np

# Where the release puts joints that are not seen.
INVISIBLE = -2.0


@dataclass
class IntegerCrop:
    """A square of a picture, at whole pixels.

    Args:
        left_top: ``(2,)`` int, x and y, may be negative.
        half: Half of the side, pixels.
    """

    left_top: np.ndarray
    half: int

    @property
    def side(self) -> int:
        """Pixels; odd, as both ends count."""
        return 2 * self.half + 1

    def clipped(self, image_size: Sequence[int]) -> tuple[np.ndarray, ...]:
        """What of it lies in a picture of some width and height.

        Returns:
            Left-top and right-bottom corner in the picture, and the former
            in the crop, ``(2,)`` int each.
        """
        low = self.left_top.clip(min=0)
        high = (self.left_top + 2 * self.half).clip(max=image_size)
        return low, high, low - self.left_top

    def image(self, image: np.ndarray, size: int = 256) -> np.ndarray:
        """Cut ``(H, W, 3)`` out, black outside, bicubic: ``(size, size, 3)``.

        Raises:
            ValueError: If nothing of the picture is in the crop.
        """
        low, high, offset = self.clipped(image.shape[1::-1])
        if (high <= low).any():
            raise ValueError(f'A crop at {self.left_top.tolist()} of side '
                             f'{self.side} holds nothing of a picture of '
                             f'{image.shape[1::-1]}.')
        crop = np.zeros((self.side, self.side, 3), image.dtype)
        content = image[low[1]:high[1], low[0]:high[0]]
        height, width = content.shape[:2]
        crop[offset[1]:offset[1] + height,
             offset[0]:offset[0] + width] = content
        return cv2.resize(crop, (size, size), interpolation=cv2.INTER_CUBIC)

    def keypoints(self, keypoints: np.ndarray) -> np.ndarray:
        """``(K, 3)`` x, y, visibility to ``(K, 2)`` in [-1, 1]; unseen -2."""
        points = 2 * (keypoints[:, :2] - self.left_top) / self.side - 1
        return np.where(keypoints[:, 2:] < 1, INVISIBLE, points)


def visible_box(keypoints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners of the box of seen joints; the first within the picture.

    Args:
        keypoints: ``(K, 3)`` x, y, visibility.
    """
    seen = keypoints[keypoints[:, 2] >= 1, :2]
    return seen.min(0).clip(min=0), seen.max(0)


def crop_around(low: np.ndarray, high: np.ndarray,
                factors: Sequence[float]) -> IntegerCrop:
    """The square around a box whose sides are moved.

    Args:
        low, high: ``(2,)`` corners.
        factors: Of the distances of the left, right, top and bottom side
            from the middle.
    """
    left, right, top, bottom = factors
    middle, half = (low + high) / 2, (high - low) / 2
    low, high = middle - half * (left, top), middle + half * (right, bottom)
    centre, half = ((low + high) / 2).astype(int), int(
        ((high - low) / 2).max())
    return IntegerCrop(centre - half, half)
