# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Rows of a person before one calibrated camera."""
from dataclasses import dataclass
from typing import Optional

import numpy as np

from .track import boxes_of

MM_TO_METRES = 1e-3


@dataclass(frozen=True)
class Camera:
    """A fixed camera: ``x_cam = rotmat @ x_world + transl``.

    Args:
        rotmat: ``(3, 3)``.
        transl: ``(3,)`` metres.
        focal: ``(2,)`` pixels.
        centre: ``(2,)`` principal point, pixels.
        size: Width and height, pixels.
        distortion: ``(5,)`` k1, k2, p1, p2, k3, or None.
    """

    rotmat: np.ndarray
    transl: np.ndarray
    focal: np.ndarray
    centre: np.ndarray
    size: tuple[int, int]
    distortion: Optional[np.ndarray] = None

    @property
    def K(self) -> np.ndarray:
        """``(3, 3)`` intrinsics."""
        K = np.eye(3)
        K[[0, 1], [0, 1]] = self.focal
        K[:2, 2] = self.centre
        return K

    def to_camera(self, points: np.ndarray) -> np.ndarray:
        """``(..., 3)`` metres, world to camera."""
        return points @ self.rotmat.T + self.transl

    def project(self, points: np.ndarray) -> np.ndarray:
        """Pixels ``(..., 2)`` of points ``(..., 3)`` in the camera frame.

        Points behind the camera have none; what they get means nothing.
        """
        depth = np.where(points[..., 2:] > 0, points[..., 2:], 1)
        plane = points[..., :2] / depth
        if self.distortion is not None:
            plane = _distorted(plane, self.distortion)
        return plane * self.focal + self.centre

    def columns(self, count: int) -> dict[str, np.ndarray]:
        """Arrays of the camera for that many rows."""
        values = dict(
            K=self.K,
            cam_rotmat=self.rotmat,
            cam_transl=self.transl,
            image_size=np.array(self.size))
        if self.distortion is not None:
            values['distortion'] = self.distortion
        return {
            k: np.broadcast_to(v, (count, *v.shape))
            for k, v in values.items()
        }


def seen_rows(camera: Camera, joints: np.ndarray,
              valid: np.ndarray) -> dict[str, np.ndarray]:
    """Joints in 3D and where they lie in the picture.

    Args:
        camera: That looks at them.
        joints: ``(F, K, 3)`` metres, camera frame.
        valid: ``(F, K)`` bool.

    Returns:
        ``joints3d`` with its mask, ``keypoints2d``, ``keypoints2d_score``
        and ``box`` with its mask.
    """
    joints = np.where(valid[..., None], joints, 0)
    seen = valid & (joints[..., 2] > 0)
    pixels = np.where(seen[..., None], camera.project(joints), 0)
    box, box_valid = boxes_of(pixels, seen)
    return dict(
        joints3d=joints,
        joints3d_valid=valid,
        keypoints2d=pixels,
        keypoints2d_score=seen.astype(np.float32),
        box=box,
        box_valid=box_valid)


def _distorted(plane: np.ndarray, distortion: np.ndarray) -> np.ndarray:
    """Radial and tangential distortion of points at depth 1 (OpenCV's)."""
    k1, k2, p1, p2, k3 = distortion
    x, y = plane[..., 0], plane[..., 1]
    r2 = x**2 + y**2
    scale = 1 + r2 * (k1 + r2 * (k2 + r2 * k3)) + 2 * (p1 * y + p2 * x)
    return np.stack([x * scale + p2 * r2, y * scale + p1 * r2], -1)
