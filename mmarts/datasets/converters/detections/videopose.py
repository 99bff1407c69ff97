# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Detections on Human3.6M as VideoPose3D (CVPR 2019) has them: CPN, SH, ..."""
from typing import Iterator

import numpy as np

from .detection import Detection

CAMERAS = '54138969', '55011271', '58860488', '60457274'


def read_videopose(positions: dict) -> Iterator[Detection]:
    """Skeletons of ``positions_2d``: subject -> action -> camera -> frames.

    Args:
        positions: Arrays ``(F, K, 2)``, pixels, of the four cameras in the
            order of :data:`CAMERAS`.

    Raises:
        ValueError: If an entry is of another shape.
    """
    for subject, actions in positions.items():
        for action, cameras in actions.items():
            for name, points in zip(CAMERAS, cameras):
                sequence = f'{subject}/{action}/{name}'
                points = np.asarray(points, np.float32)
                if points.ndim != 3 or points.shape[2] != 2:
                    raise ValueError(f'{sequence} should be (F, K, 2), but is '
                                     f'{points.shape}')
                if not np.isfinite(points).all():
                    raise ValueError(f'{sequence} is not finite')
                ones = np.ones(points.shape[1], np.float32)
                for frame, skeleton in enumerate(points):
                    yield Detection(
                        skeleton, ones, sequence=sequence, frame=frame)
