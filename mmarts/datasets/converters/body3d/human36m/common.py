# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What the layouts of Human3.6M share: subjects, cameras, names."""
import re

import numpy as np

from ...record_log import RecordLog
from ..camera_rows import Camera, seen_rows
from ..track import finite_rows, pick_frames, track_names

SOURCE_FPS = 50.
SPLITS = dict({s: 'train'
               for s in ('S1', 'S5', 'S6', 'S7', 'S8')},
              S9='test',
              S11='test')
# Two cameras have two lines more than the others.
_TALL = ('54138969', '60457274')
# Subject 1's files have other names for two of the fifteen actions.
_RENAMED = dict(TakingPhoto='Photo', WalkingDog='WalkDog')


def image_size(camera: str) -> tuple[int, int]:
    """Width and height of a camera's pictures, pixels."""
    return 1000, 1002 if camera in _TALL else 1000


def action_name(motion: str) -> str:
    """``'WalkingDog 1'`` -> ``'WalkDog'``."""
    name = re.split(r'[ _]\d+$', motion)[0]
    return _RENAMED.get(name, name)


def image_path(subject: str, motion: str, camera: str, frame: int) -> str:
    """Where mmpose's extraction puts a frame, counted from 0."""
    clip = f'{subject}_{motion.replace(" ", "_")}.{camera}'
    return f'{subject}/{clip}/{clip}_{frame + 1:06d}.jpg'


def camera_track(camera: Camera, joints: np.ndarray, frames: np.ndarray,
                 fps: float, record: str,
                 log: RecordLog) -> tuple[np.ndarray, dict]:
    """Rows of one camera at another rate.

    Args:
        camera: That sees the person.
        joints: ``(F, K, 3)`` metres, camera frame.
        frames: ``(F,)`` frame numbers at 50 frames a second.
        fps: Rate of the result.
        record: Words for the track.
        log: Takes what is broken.

    Returns:
        Rows of ``joints`` that were kept, and their arrays.
    """
    rows, numbers = pick_frames(frames, SOURCE_FPS, fps)
    good = finite_rows(dict(joints=joints[rows]), frames[rows], record, log)
    rows, numbers = rows[good], numbers[good]
    arrays = seen_rows(camera, joints[rows],
                       np.ones(joints[rows].shape[:2], bool))
    arrays.update(camera.columns(len(rows)), frame_index=numbers)
    return rows, arrays


def named(arrays: dict, sequence: str, action: str,
          images: list[str]) -> dict[str, np.ndarray]:
    """Arrays of a track with its names and pictures."""
    count = len(arrays['frame_index'])
    return dict(
        arrays,
        **track_names(sequence, '0', count),
        image=np.array(images),
        action=np.full(count, action))
