# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Hands and feet that a source has lost or turned over: filled in."""
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_closing, binary_dilation
from scipy.spatial.transform import Rotation, Slerp

from .base import SourceMotion


@dataclass(frozen=True)
class Limit:
    """What a joint at the end of a limb can do.

    Args:
        along: SMPL joints from which to which the moved part points.
        swing: Degrees that its direction can leave the rest direction by.
        twist: Degrees about its direction.
        speed: Degrees a second, of either.
    """

    along: tuple[str, str]
    swing: float
    twist: float
    speed: float


# Few markers hold the ends of the limbs. When one is lost, or two change
# places, the solver turns a hand over within a frame, or rolls a foot and
# keeps it so. The limits lie beyond what people do, so that motion itself is
# left alone.
LIMITS = dict(
    wrist=Limit(('elbow', 'wrist'), swing=95, twist=130, speed=2500),
    ankle=Limit(('ankle', 'foot'), swing=95, twist=75, speed=2000),
    foot=Limit(('ankle', 'foot'), swing=75, twist=60, speed=2000))
# Around a bad frame so much is not trusted, and good stretches between two
# bad ones need to be so long; seconds.
MARGIN, SHORTEST = 0.025, 0.1


def repair_extremities(local: dict[str, Rotation], source: SourceMotion,
                       rest: dict[str, np.ndarray]) -> None:
    """Replace what wrists, ankles and toes cannot do, in place.

    Direction and twist are judged and interpolated by themselves: a foot
    that points right and is rolled over keeps its direction. The share of
    replaced frames goes to ``source.repaired``.

    Args:
        local: Joint -> ``F`` parent-relative rotations.
        source: The clip; joints it has no data for are left alone.
        rest: SMPL's joints in its T-pose, ``(3,)`` metres each.
    """
    for side in ('left', 'right'):
        for part, limit in LIMITS.items():
            name = f'{side}_{part}'
            if name not in source.turns:
                continue
            start, end = (rest[f'{side}_{joint}'] for joint in limit.along)
            local[name], bad = repair_joint(local[name], end - start, limit,
                                            source.fps)
            if bad.any():
                source.repaired[name] = round(float(bad.mean()), 4)


def repair_joint(rotation: Rotation, axis: np.ndarray, limit: Limit,
                 fps: float) -> tuple[Rotation, np.ndarray]:
    """One joint within its limits.

    Args:
        rotation: ``F`` parent-relative rotations.
        axis: ``(3,)`` rest direction of the part that it moves.
        limit: Of the joint.
        fps: Frames a second.

    Returns:
        The rotations, unchanged in good frames, and which are not good,
        ``(F,)`` bool.
    """
    axis = axis / np.linalg.norm(axis)
    twist = twist_angle(rotation, axis)
    swing = rotation * _about(axis, twist).inv()
    step = np.deg2rad(limit.speed) / fps
    bad_swing = _stretches(
        (swing.magnitude() > np.deg2rad(limit.swing)) | _jumps(
            (swing[:-1].inv() * swing[1:]).magnitude(), step), fps)
    # Where the direction is lost, so is the twist; not the reverse.
    bad = bad_swing | _stretches(
        (np.abs(twist) > np.deg2rad(limit.twist))
        | _jumps(np.abs(_wrapped(np.diff(twist))), step), fps)
    if not bad.any():
        return rotation, bad
    good = np.flatnonzero(~bad)
    filled = np.interp(np.arange(len(twist)), good,
                       twist[good]) if len(good) else 0.
    twist = np.where(bad, filled, twist)
    if bad_swing.any():
        swing = _fill(swing, bad_swing)
    return swing * _about(axis, twist), bad


def twist_angle(rotation: Rotation, axis: np.ndarray) -> np.ndarray:
    """Angles ``(F,)`` of the twists about a unit axis, in [-pi, pi]."""
    quat = rotation.as_quat()
    return _wrapped(2 * np.arctan2(quat[:, :3] @ axis, quat[:, 3]))


def _jumps(steps: np.ndarray, limit: float) -> np.ndarray:
    """Frames on both sides of ``(F - 1,)`` steps that are too large."""
    large = steps > limit
    return np.append(large, False) | np.insert(large, 0, False)


def _stretches(bad: np.ndarray, fps: float) -> np.ndarray:
    """Bad frames with their surroundings, short gaps closed."""
    if not bad.any():
        return bad
    margin, shortest = (max(1, round(s * fps)) for s in (MARGIN, SHORTEST))
    padded = np.pad(binary_dilation(bad, iterations=margin), shortest)
    closed = binary_closing(padded, np.ones(shortest + 1, bool))
    return closed[shortest:-shortest]


def _fill(rotation: Rotation, bad: np.ndarray) -> Rotation:
    """Geodesics between good frames, held at the ends."""
    good = np.flatnonzero(~bad)
    if len(good) < 2:
        return Rotation.identity(len(bad))
    frames = np.arange(len(bad)).clip(good[0], good[-1])
    return Slerp(good, rotation[good])(frames)


def _about(axis: np.ndarray, angle: np.ndarray) -> Rotation:
    return Rotation.from_rotvec(angle[:, None] * axis)


def _wrapped(angle: np.ndarray) -> np.ndarray:
    return (angle + np.pi) % (2 * np.pi) - np.pi
