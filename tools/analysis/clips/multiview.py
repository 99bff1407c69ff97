# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Joints from several calibrated views: a reference for real footage."""
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

MM_TO_METRES = 1e-3
_UNITS_A_PIXEL = 64.  # of intrinsics in Qualisys' files
# Reprojection error, pixels, at which a view loses half its weight.
_TRUSTED = 8.
_ROUNDS = 4


@dataclass
class View:
    """One camera.

    Args:
        rotation: ``(3, 3)`` world to camera (x right, y down, z forward).
        translation: ``(3,)`` metres.
        intrinsics: ``(3, 3)`` pixels.
        distortion: ``(5,)`` in OpenCV's order.
    """

    rotation: np.ndarray
    translation: np.ndarray
    intrinsics: np.ndarray
    distortion: np.ndarray

    def rays(self, keypoints2d: np.ndarray) -> np.ndarray:
        """Pixels ``(..., 2)`` to x / z and y / z without distortion."""
        flat = np.asarray(keypoints2d, float).reshape(-1, 1, 2)
        return cv2.undistortPoints(flat, self.intrinsics,
                                   self.distortion).reshape(keypoints2d.shape)

    def to_camera(self, points: np.ndarray) -> np.ndarray:
        """World points ``(..., 3)`` in the camera's frame, metres."""
        return points @ self.rotation.T + self.translation


def read_qualisys(path: Path) -> dict[str, View]:
    """Cameras of a Qualisys calibration (``*.qca.txt``) by their serial.

    Raises:
        ValueError: If the file is none.
    """
    try:
        cameras = ElementTree.parse(path).getroot().iter('camera')
        views = {c.get('serial'): _view(c) for c in cameras}
    except (ElementTree.ParseError, AttributeError, TypeError) as error:
        raise ValueError(f'"{path}" is no Qualisys calibration: {error}; '
                         'expected XML with <camera> elements.') from error
    if not views:
        raise ValueError(f'"{path}" names no camera.')
    return views


def views_of(calibration: Path, videos: list[Path]) -> list[View]:
    """The cameras that videos are named like, in their order.

    Raises:
        ValueError: As :func:`read_qualisys`, or if a video has no camera.
    """
    cameras = read_qualisys(calibration)
    missing = [v.name for v in videos if v.stem not in cameras]
    if missing:
        raise ValueError(f'{calibration} has the cameras {sorted(cameras)}, '
                         f'none for {missing}.')
    return [cameras[video.stem] for video in videos]


def _view(camera) -> View:
    place, lens = camera.find('transform'), camera.find('intrinsic')

    def number(element, name: str) -> float:
        return float(element.get(name))

    # Qualisys' camera axes have y up and z backward; ours y down, z forward.
    rotation = np.diag([1., -1., -1.]) @ np.array(
        [[number(place, f'r{i}{j}') for j in (1, 2, 3)] for i in (1, 2, 3)])
    centre = MM_TO_METRES * np.array([number(place, axis) for axis in 'xyz'])
    intrinsics = np.eye(3)
    intrinsics[[0, 1, 0, 1], [0, 1, 2, 2]] = [
        number(lens, name) / _UNITS_A_PIXEL
        for name in ('focalLengthU', 'focalLengthV', 'centerPointU',
                     'centerPointV')
    ]
    distortion = np.array([
        number(lens, name)
        for name in ('radialDistortion1', 'radialDistortion2',
                     'tangentalDistortion1', 'tangentalDistortion2',
                     'radialDistortion3')
    ])
    return View(rotation, -rotation @ centre, intrinsics, distortion)


def triangulate(views: list[View], keypoints2d: np.ndarray,
                scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """World points that explain the views best, robustly.

    Args:
        views: The ``C`` cameras.
        keypoints2d: ``(C, ..., 2)`` pixels.
        scores: ``(C, ...)`` weights in [0, 1].

    Returns:
        ``(..., 3)`` metres and the reprojection errors ``(C, ...)``, pixels.
    """
    rays = np.stack([v.rays(k) for v, k in zip(views, keypoints2d)])
    matrices = np.stack([np.c_[v.rotation, v.translation] for v in views
                         ]).reshape(len(views), *[1] * (rays.ndim - 2), 3, 4)
    focal = np.array([v.intrinsics[0, 0]
                      for v in views]).reshape(-1, *[1] * (rays.ndim - 2))
    confidence = scores**2 + 1e-3
    weight = confidence
    for _ in range(_ROUNDS):
        rows = weight[..., None, None] * (
            rays[..., None] * matrices[..., 2:, :] - matrices[..., :2, :])
        equations = np.moveaxis(rows, 0, -3)
        equations = equations.reshape(*equations.shape[:-3], -1, 4)
        points = np.linalg.svd(equations)[2][..., -1, :]
        points = points[..., :3] / points[..., 3:]
        cameras = np.stack([v.to_camera(points) for v in views])
        error = focal * np.linalg.norm(
            cameras[..., :2] / cameras[..., 2:] - rays, axis=-1)
        weight = confidence / (1 + (error / _TRUSTED)**2)
    return points, error
