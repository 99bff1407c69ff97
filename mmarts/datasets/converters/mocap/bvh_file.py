# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""BVH files: a joint tree with its motion, and its kinematics."""
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

CHANNELS = tuple(f'{axis}{kind}' for kind in ('position', 'rotation')
                 for axis in 'XYZ')


@dataclass
class BvhJoint:
    """One joint.

    Args:
        name: As in the file.
        parent: Its parent's place in the list; -1 for the root.
        offset: ``(3,)`` from the parent, in the file's unit of length.
        channels: Names, in the order of their values in a row.
    """

    name: str
    parent: int
    offset: np.ndarray
    channels: tuple[str, ...]


@dataclass
class BvhMotion:
    """Content of a file.

    Args:
        joints: Parents first; end sites are left out.
        values: ``(F, C)``, all channels of all joints in file order.
        fps: Frames a second; a rate that ``Frame Time`` rounds is restored.
    """

    joints: list[BvhJoint]
    values: np.ndarray
    fps: float


def parse_bvh(text: str) -> BvhMotion:
    """Read the text of a file.

    Raises:
        ValueError: Saying which part is wrong.
    """
    head, found, motion = text.partition('MOTION')
    if not found or 'HIERARCHY' not in head:
        raise ValueError('no BVH file: HIERARCHY or MOTION is missing')
    try:
        joints = _parse_joints(head)
    except IndexError:
        raise ValueError('HIERARCHY is cut short') from None
    lines = [line for line in motion.splitlines() if line.strip()]
    try:
        count = int(lines[0].split(':')[1])
        step = float(lines[1].split(':')[1])
    except (IndexError, ValueError):
        raise ValueError('MOTION should begin with "Frames: N" and "Frame '
                         'Time: seconds"') from None
    if count < 1 or step <= 0:
        raise ValueError(f'{count} frames of {step} s make no motion')
    width = sum(len(j.channels) for j in joints)
    rows = lines[2:]
    if len(rows) < count:
        raise ValueError(f'expected {count} frames, got {len(rows)}; is the '
                         'file cut short?')
    values = np.empty((count, width))
    for i, row in enumerate(rows[:count]):
        try:
            numbers = [float(w) for w in row.split()]
        except ValueError:
            raise ValueError(f'frame {i} has a value that is no '
                             'number') from None
        if len(numbers) != width:
            raise ValueError(f'frame {i}: expected {width} values, got '
                             f'{len(numbers)}')
        values[i] = numbers
    return BvhMotion(joints, values, restore_rate(1 / step))


def restore_rate(fps: float) -> float:
    """A whole number where that is what rounding left: 59.9988 is 60."""
    return float(round(fps)) if abs(fps / round(fps) - 1) < 1e-3 else fps


def bvh_kinematics(
        motion: BvhMotion,
        values: np.ndarray,
        adds_offset: bool = False) -> tuple[list[Rotation], list[np.ndarray]]:
    """World rotations and positions of all joints.

    Args:
        motion: The tree.
        values: ``(F, C)`` rows; ``motion.values``, or zeros for the pose of
            the bare tree.
        adds_offset: Whether positions come on top of ``OFFSET``; by default
            they replace it.

    Returns:
        For each joint ``F`` world rotations, and ``(F, 3)`` positions in
        the file's unit.
    """
    turns, places, column = [], [], 0
    for joint in motion.joints:
        shift = np.tile(joint.offset, (len(values), 1))
        local = Rotation.identity(len(values))
        for channel in joint.channels:
            value = values[:, column]
            column += 1
            axis = CHANNELS.index(channel) % 3
            if channel.endswith('position'):
                shift[:, axis] = value + adds_offset * joint.offset[axis]
            else:
                local = local * Rotation.from_rotvec(
                    np.deg2rad(value)[:, None] * np.eye(3)[axis])
        if joint.parent >= 0:
            shift = places[joint.parent] + turns[joint.parent].apply(shift)
            local = turns[joint.parent] * local
        turns.append(local)
        places.append(shift)
    return turns, places


def _parse_joints(head: str) -> list[BvhJoint]:
    words = head.split()
    joints, stack, at_end, opened = [], [], False, -1
    place = words.index('HIERARCHY') + 1
    while place < len(words):
        word = words[place]
        rest = words[place + 1:place + 9]
        if word in ('ROOT', 'JOINT'):
            joints.append(
                BvhJoint(rest[0], stack[-1] if stack else -1, np.zeros(3), ()))
            opened, place = len(joints) - 1, place + 2
        elif word == 'End':
            opened, at_end, place = -1, True, place + 2
        elif word == '{':
            stack.append(opened)
            place += 1
        elif word == '}':
            at_end = False
            if not stack:
                raise ValueError('HIERARCHY closes more braces than it opens')
            stack.pop()
            place += 1
        elif word == 'OFFSET':
            if not at_end:
                joints[-1].offset = np.array(rest[:3], float)
            place += 4
        elif word == 'CHANNELS':
            joints[-1].channels = tuple(rest[1:1 + int(rest[0])])
            place += 2 + int(rest[0])
        else:
            raise ValueError(f'HIERARCHY has the unknown word "{word}"')
    unknown = {c for j in joints for c in j.channels} - set(CHANNELS)
    if unknown or stack or not joints:
        raise ValueError(f'HIERARCHY has unknown channels {sorted(unknown)}'
                         if unknown else 'HIERARCHY is not complete')
    return joints
