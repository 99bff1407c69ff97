# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Measures of the 3D joints of one person."""
import numpy as np
from scipy.interpolate import CubicSpline

from mmarts.structures import JointSet

# The joints that every detector and every body has alike.
BODY = [
    f'{side}_{name}'
    for name in ('Shoulder', 'Elbow', 'Wrist', 'Hip', 'Knee', 'Ankle')
    for side in 'LR'
]
_MAX_LAG = 5  # frames


def jitter(joints3d: np.ndarray) -> float:
    """Mean second difference ``(F, K, 3)``, in their unit a frame^2.

    It holds the person's own accelerations too: the same for two methods on
    the same clip, so that their difference is what shakes.
    """
    return float(np.linalg.norm(np.diff(joints3d, 2, axis=0), axis=-1).mean())


def joint_speed(joints3d: np.ndarray) -> float:
    """Mean way of a joint from frame to frame, in the unit of ``joints3d``."""
    return float(np.linalg.norm(np.diff(joints3d, axis=0), axis=-1).mean())


def lag(joints3d: np.ndarray, reference: np.ndarray) -> float:
    """Frames by which a motion comes later than another one.

    The shift whose velocities differ least, in tenths of a frame:
    velocities, as joints may be off by the same all the time. Of two motions
    that are alike only in part this is the lag of the part.

    Args:
        joints3d: ``(F, K, 3)``.
        reference: The same.

    Returns:
        -5 to 5; below 0 if it comes earlier.
    """
    ours, target = (
        np.diff(j.reshape(len(j), -1), axis=0) for j in (joints3d, reference))
    frames = np.arange(len(ours))
    inner = frames[_MAX_LAG:-_MAX_LAG]
    shifts = np.arange(-10 * _MAX_LAG, 10 * _MAX_LAG + 1) / 10
    shifted = CubicSpline(frames, ours)(inner + shifts[:, None])
    error = np.square(shifted - target[inner]).sum((1, 2))
    return float(shifts[error.argmin()])


def bone_variation(joints3d: np.ndarray, joint_set: JointSet) -> float:
    """How bone lengths change: mean over bones of deviation over length."""
    start, end = np.array(joint_set.bone_indices).T
    lengths = np.linalg.norm(joints3d[:, end] - joints3d[:, start], axis=-1)
    return float((lengths.std(0) / lengths.mean(0)).mean())


def side_leaps(joints3d: np.ndarray, joint_set: JointSet) -> int:
    """Frames from which on left and right seem exchanged.

    A frame counts when its joints, read the other way round, lie nearer to
    those of the frame before.
    """
    flipped = joints3d[:, list(joint_set.flip_indices)]
    same = np.linalg.norm(np.diff(joints3d, axis=0), axis=-1).sum(-1)
    other = np.linalg.norm(flipped[1:] - joints3d[:-1], axis=-1).sum(-1)
    return int((other < same).sum())


def foot_speed(joints3d: np.ndarray, joint_set: JointSet, fps: float) -> float:
    """Median speed of the slower ankle, metres a second.

    Who walks or stands has a foot on the floor nearly always; on a still
    camera it should not move.

    Args:
        joints3d: ``(F, K, 3)`` metres, in a fixed camera's frame.
        joint_set: Set of the joints.
        fps: Frames a second.
    """
    ankles = joints3d[:, joint_set.index('L_Ankle', 'R_Ankle')]
    speed = np.linalg.norm(np.diff(ankles, axis=0), axis=-1) * fps
    return float(np.median(speed.min(-1)))
