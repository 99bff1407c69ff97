# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""SMPL parameters that others fitted in the world of a dataset."""
from dataclasses import dataclass
from typing import Optional, Sequence

import numpy as np

from mmarts.structures import BodyParams
from ..record_log import RecordLog
from .bodies import Bodies, WorldBody
from .camera_rows import Camera, seen_rows
from .track import expect_shape, runs, words

NO_FIT = 'SMPL fits that are missing'
_SIZES = dict(pose=72, shape=10, trans=3)


@dataclass
class FittedBody:
    """Fits of the neutral body before one camera.

    Args:
        valid: ``(F,)`` frames that have one.
        params: ``(F, ...)`` camera frame; the rest pose without a fit.
    """

    valid: np.ndarray
    params: BodyParams

    def joints(self, bodies: Bodies, joint_set: str) -> np.ndarray:
        """``(F, K, 3)`` metres, camera frame."""
        return bodies.get('neutral').joints(self.params, joint_set).numpy()

    def arrays(self, bodies: Bodies, camera: Camera, valid: np.ndarray,
               with_joints: bool) -> dict[str, np.ndarray]:
        """Rows of an annotation file.

        Args:
            bodies: With the neutral one.
            camera: That sees the person.
            valid: ``(F,)`` fits that are good.
            with_joints: Whether joints and keypoints come from them too.
        """
        targets = bodies.targets(self.params, 'neutral')
        joints = targets.pop('joints3d')
        rows = {
            k: np.where(valid.reshape(-1, *[1] * (v.ndim - 1)), v, 0)
            for k, v in targets.items()
        }
        rows.update({f'{name}_valid': valid for name in targets})
        rows['body_model_id'] = np.full(
            len(valid),
            bodies.get('neutral').body_model_id)
        if with_joints:
            mask = np.broadcast_to(valid[:, None], joints.shape[:2])
            rows.update(seen_rows(camera, joints, mask))
        return rows


def fit_rows(fits: Sequence[Optional[dict]], camera: Camera,
             bodies: Bodies) -> FittedBody:
    """Fits of consecutive rows, brought before a camera.

    Args:
        fits: For each row ``pose`` (72), ``shape`` (10) and ``trans`` (3,
            metres) in the world, or None.
        camera: That sees the person.
        bodies: With the neutral one.

    Raises:
        ValueError: If one has other sizes.
    """
    arrays = {k: np.zeros((len(fits), size)) for k, size in _SIZES.items()}
    valid = np.array([fit is not None for fit in fits])
    for row in np.flatnonzero(valid):
        for key, size in _SIZES.items():
            numbers = np.asarray(fits[row][key], float).ravel()
            arrays[key][row] = expect_shape(f'{key} of a fit', numbers,
                                            (size, ))
    for array in arrays.values():
        valid &= np.isfinite(array).all(1)
    for array in arrays.values():
        array[~valid] = 0
    count = len(fits)
    params = bodies.in_camera(
        WorldBody(arrays['pose'].reshape(-1, 24, 3), arrays['shape'],
                  arrays['trans'], 'neutral',
                  np.broadcast_to(camera.rotmat, (count, 3, 3)),
                  np.broadcast_to(camera.transl, (count, 3))))
    return FittedBody(valid, params)


def skip_rows(rows: np.ndarray, frames: np.ndarray, record: str, reason: str,
              log: RecordLog) -> None:
    """Count rows ``(F,)`` that are masked, a run of frames at a time."""
    for run in runs(frames[rows]):
        log.skip(f'{record}, {words(run)}', reason, len(run))
