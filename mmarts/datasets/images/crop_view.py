# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Which part of a picture a network sees, and where pixels go."""
from dataclasses import dataclass

import cv2
import numpy as np

# A crop is drawn at most so many times as large and then shrunk.
_FINEST = 4


@dataclass
class CropView:
    """Square crops of the ``T`` frames of one window.

    The picture is turned about the principal point of its camera, then
    mirrored left to right, then cut: a rotation about the principal point
    is one about the camera's axis, so that bodies turn with the picture.

    Args:
        centre: ``(T, 2)`` middle of the crops in the picture as it was,
            pixels.
        side: ``(T,)`` pixels of the picture.
        size: Side of the crops in their own pixels.
        angle: Radians, clockwise on the screen; the same for all frames.
        flip: Whether left and right change places in all frames.
    """

    centre: np.ndarray
    side: np.ndarray
    size: int
    angle: float = 0.0
    flip: bool = False

    @property
    def turn(self) -> np.ndarray:
        """``(2, 2)`` rotation of places in the picture."""
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        return np.array([[cosine, -sine], [sine, cosine]])

    def turned_centre(self, K: np.ndarray) -> np.ndarray:
        """``(T, 2)`` middle of the crops in the turned picture."""
        point = K[:2, 2]
        return (self.centre - point) @ self.turn.T + point

    def warp(self) -> np.ndarray:
        """``(T, 2, 3)`` from the picture to the crops, not mirrored yet.

        Pixel ``(i, j)`` covers ``[j, j + 1] x [i, i + 1]`` on both sides.
        """
        linear = (self.size / self.side)[:, None, None] * self.turn
        shift = self.size / 2 - linear @ self.centre[..., None]
        return np.concatenate([linear, shift], -1)

    def cut(self, image: np.ndarray, frame: int) -> np.ndarray:
        """Crop ``(size, size, C)`` of one frame, not mirrored yet.

        Args:
            image: ``(H, W, C)``, the whole picture.
            frame: Which of the ``T`` it is.
        """
        return warp_crop(image, self, self.warp()[frame])

    def keypoints(self, points: np.ndarray) -> np.ndarray:
        """Places in the turned, mirrored crops, [-1, 1].

        Args:
            points: ``(T, K, 2)`` pixels of the pictures as they were.
        """
        warp = self.warp()
        return self.normalised(points @ warp[..., :2].swapaxes(1, 2) +
                               warp[:, None, :, 2])

    def normalised(self, places: np.ndarray) -> np.ndarray:
        """``(T, K, 2)`` pixels of crops to [-1, 1], with the mirror."""
        places = 2 * places / self.size - 1
        return places * (-1, 1) if self.flip else places

    def cameras(self, K: np.ndarray) -> np.ndarray:
        """``(T, 3, 3)`` intrinsics of the crops, not mirrored yet.

        Points are to be turned about the camera's axis by :attr:`turn`
        before they go through these.
        """
        scale = self.size / self.side
        cameras = np.tile(np.eye(3), (len(scale), 1, 1))
        cameras[:, 0, 0], cameras[:, 1, 1] = scale * K[0, 0], scale * K[1, 1]
        offset = K[:2, 2] - self.turned_centre(K)
        cameras[:, :2, 2] = scale[:, None] * offset + self.size / 2
        return cameras

    def final_boxes(self, K: np.ndarray, width: int) -> np.ndarray:
        """``(T, 2)`` middle of the crops in the turned, mirrored picture."""
        centre = self.turned_centre(K)
        if self.flip:
            centre[:, 0] = width - centre[:, 0]
        return centre


def warp_crop(image: np.ndarray, view: CropView,
              warp: np.ndarray) -> np.ndarray:
    """Cut a crop ``(size, size, C)``, black outside of the picture.

    Args:
        image: ``(H, W, C)`` uint8.
        view: Where the crop is from.
        warp: ``(2, 3)``, one of ``view.warp()``.
    """
    # Bilinear sampling skips pixels where it shrinks by more than 2.
    shrink = 1 / np.linalg.norm(warp[:, 0])
    finer = int(np.clip(np.floor(shrink), 1, _FINEST))
    warp = finer * warp
    # OpenCV's 0 is the centre of the first pixel.
    warp[:, 2] += 0.5 * warp[:, :2].sum(1) - 0.5
    side = finer * view.size
    crop = cv2.warpAffine(
        np.ascontiguousarray(image),
        warp, (side, side),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT)
    if finer == 1:
        return crop
    return cv2.resize(
        crop, (view.size, view.size), interpolation=cv2.INTER_AREA)
