# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Cameras of MPI-INF-3DHP: from its calibration, or from its points."""
import re

import numpy as np

from .camera_rows import MM_TO_METRES, Camera
from .track import expect_shape


def read_calibration(content: bytes) -> dict[int, Camera]:
    """Cameras of a ``camera.calibration`` file by number.

    For each camera it has lines that begin with ``name`` (the number),
    ``size``, and ``intrinsic`` and ``extrinsic``, 4 x 4 matrices row by row;
    the latter brings the world before the camera, in mm.

    Raises:
        ValueError: If a camera lacks one of them.
    """
    # What stands before the first name is the file's own heading.
    _, *blocks = re.split(r'^name\s', content.decode('latin-1'), flags=re.M)
    cameras = {}
    for block in blocks:
        name, *lines = block.strip().splitlines()
        words = [line.split() for line in lines if line.strip()]
        cameras[int(name)] = _camera(name, {k: v for k, *v in words})
    if not cameras:
        raise ValueError('camera.calibration holds no camera')
    return cameras


def fit_intrinsics(points: np.ndarray, pixels: np.ndarray,
                   size: tuple[int, int]) -> Camera:
    """The camera that best sees points before it where the pixels are.

    Least squares for focal lengths and principal point, which are linear in
    ``x / z`` and ``y / z``.

    Args:
        points: ``(F, K, 3)`` camera frame, any unit.
        pixels: ``(F, K, 2)``.
        size: Width and height of the picture.

    Returns:
        A camera whose frame is the world's.

    Raises:
        ValueError: If fewer than two points lie before the camera.
    """
    good = (points[..., 2]
            > 0) & np.isfinite(points).all(-1) & np.isfinite(pixels).all(-1)
    if good.sum() < 2:
        raise ValueError('no point lies before the camera: axes or units are '
                         'not those of MPI-INF-3DHP')
    points, pixels = points[good], pixels[good]
    found = []
    for axis in (0, 1):
        plane = points[:, axis] / points[:, 2]
        matrix = np.stack([plane, np.ones_like(plane)], 1)
        found.append(np.linalg.lstsq(matrix, pixels[:, axis], rcond=None)[0])
    focal, centre = np.array(found).T
    return Camera(np.eye(3), np.zeros(3), focal, centre, size)


def _camera(name: str, values: dict[str, list[str]]) -> Camera:
    missing = [
        k for k in ('size', 'intrinsic', 'extrinsic') if k not in values
    ]
    if missing:
        raise ValueError(f'camera.calibration: camera {name} lacks {missing}')
    inner, outer = (
        expect_shape(f'{key} of camera {name}', np.array(values[key], float),
                     (16, )).reshape(4, 4)
        for key in ('intrinsic', 'extrinsic'))
    size = tuple(int(x) for x in values['size'][:2])
    return Camera(outer[:3, :3], outer[:3, 3] * MM_TO_METRES,
                  inner[[0, 1], [0, 1]], inner[:2, 2], size)
