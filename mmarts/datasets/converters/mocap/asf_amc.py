# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Acclaim's ASF skeletons and AMC motions, and their kinematics."""
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

METRES_PER_INCH = 0.0254
ROOT_CHANNELS = ('tx', 'ty', 'tz', 'rx', 'ry', 'rz')


@dataclass
class AsfBone:
    """One bone, in the axes of the world at the zero pose.

    Args:
        direction: ``(3,)`` from its start to its end, unit length.
        length: Metres.
        axis: Rotation of its own axes, about which its angles turn.
        channels: Of its angles, among ``rx ry rz``.
        parent: Name of the bone at whose end it starts.
    """

    direction: np.ndarray
    length: float
    axis: Rotation
    channels: tuple[str, ...]
    parent: str = 'root'


@dataclass
class AsfSkeleton:
    """Bones by name, parents first.

    Args:
        bones: Without the root.
        root_channels: Order of the root's values.
        unit: Metres a unit of length.
        degrees: Whether angles are in degrees.
    """

    bones: dict[str, AsfBone]
    root_channels: tuple[str, ...]
    unit: float
    degrees: bool


def parse_asf(text: str) -> AsfSkeleton:
    """Read the text of a skeleton.

    ``length L`` in its units means that a unit is 1/L inch.

    Raises:
        ValueError: If a section or a value is missing.
    """
    sections = _sections(text)
    missing = {'units', 'root', 'bonedata', 'hierarchy'} - set(sections)
    if missing:
        raise ValueError(f'the skeleton has no section {sorted(missing)}')
    units = {line[0]: line[1] for line in sections['units'] if len(line) > 1}
    try:
        unit = METRES_PER_INCH / float(units['length'])
        degrees = units['angle'].startswith('deg')
        root = {line[0]: line[1:] for line in sections['root']}
        channels = tuple(c.lower() for c in root['order'])
        bones = dict(
            _bone(block, unit, degrees)
            for block in _blocks(sections['bonedata']))
    except (KeyError, IndexError) as error:
        raise ValueError(f'the skeleton lacks {error}') from None
    if any(
            float(v) for key in ('position', 'orientation')
            for v in root.get(key, ())):
        raise ValueError('a root with a position or orientation of its own '
                         'is not supported')
    return AsfSkeleton(
        _parents_first(bones, sections['hierarchy']), channels, unit, degrees)


def parse_amc(text: str, skeleton: AsfSkeleton) -> dict[str, np.ndarray]:
    """Read the text of a motion.

    Returns:
        Bone (and ``root``) -> ``(F, channels)`` values as in the file.

    Raises:
        ValueError: If a frame lacks a bone or has another count of values,
            naming the frame.
    """
    channels = {name: bone.channels for name, bone in skeleton.bones.items()}
    channels['root'] = skeleton.root_channels
    expected = {name: len(c) for name, c in channels.items() if c}
    frames, lines = [], text.splitlines()
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0][0] in '#:':
            continue
        if len(words) == 1 and words[0].isdigit():
            frames.append({})
            continue
        if not frames:
            raise ValueError(f'line {number}: "{words[0]}" before frame 1')
        if expected.get(words[0]) != len(words) - 1:
            raise ValueError(
                f'line {number}: expected {expected.get(words[0], 0)} values '
                f'for "{words[0]}", got {len(words) - 1}')
        try:
            frames[-1][words[0]] = [float(w) for w in words[1:]]
        except ValueError:
            raise ValueError(f'line {number}: "{line.strip()[:40]}" has a '
                             'value that is no number') from None
    return _stack(frames, expected)


def asf_kinematics(
    skeleton: AsfSkeleton, values: dict[str, np.ndarray]
) -> tuple[dict[str, Rotation], dict[str, np.ndarray]]:
    """World rotations and starts of all bones.

    With ``C`` the axes of a bone and ``M`` the rotation of its angles, it
    turns by ``C M C^-1`` against its parent; x is applied first.

    Args:
        skeleton: From :func:`parse_asf`.
        values: From :func:`parse_amc`, ``F`` frames.

    Returns:
        Bone -> ``F`` world rotations relative to the zero pose, and bone ->
        ``(F, 3)`` world position of its start, metres; both with ``root``.
    """
    turn, shift = _motion(values['root'], skeleton.root_channels,
                          skeleton.degrees)
    turns, ends = {'root': turn}, {'root': shift * skeleton.unit}
    starts = dict(ends)
    for name, bone in skeleton.bones.items():
        local = turns[bone.parent]
        if bone.channels:
            angles = _motion(values[name], bone.channels, skeleton.degrees)[0]
            local = local * bone.axis * angles * bone.axis.inv()
        turns[name] = local
        starts[name] = ends[bone.parent]
        ends[name] = starts[name] + local.apply(bone.direction * bone.length)
    return turns, starts


def zero_pose(skeleton: AsfSkeleton) -> dict[str, np.ndarray]:
    """One frame with all values zero, as :func:`parse_amc` gives them."""
    sizes = {name: len(b.channels) for name, b in skeleton.bones.items()}
    sizes['root'] = len(skeleton.root_channels)
    return {name: np.zeros((1, size)) for name, size in sizes.items()}


def _sections(text: str) -> dict[str, list[list[str]]]:
    sections, lines = {}, []
    for line in text.splitlines():
        words = line.split('#')[0].split()
        if words and words[0].startswith(':'):
            lines = sections.setdefault(words[0][1:].lower(), [])
        elif words:
            lines.append(words)
    return sections


def _blocks(lines: list[list[str]]) -> list[list[list[str]]]:
    blocks = []
    for words in lines:
        if words[0] == 'begin':
            blocks.append([])
        elif words[0] != 'end':
            blocks[-1].append(words)
    return blocks


def _bone(block: list[list[str]], unit: float,
          degrees: bool) -> tuple[str, AsfBone]:
    entries = {words[0]: words[1:] for words in block}
    channels = tuple(c.lower() for c in entries.get('dof', ()))
    if not set(channels) <= set(ROOT_CHANNELS[3:]):
        raise ValueError(f'bone "{entries["name"][0]}" has channels '
                         f'{channels}; only rx, ry, rz are supported')
    *angles, order = entries['axis'][:4]
    direction = np.array(entries['direction'][:3], float)
    return entries['name'][0], AsfBone(
        direction / np.linalg.norm(direction),
        float(entries['length'][0]) * unit,
        Rotation.from_euler(
            order.lower(), np.array(angles, float), degrees=degrees), channels)


def _parents_first(bones: dict[str, AsfBone],
                   hierarchy: list[list[str]]) -> dict[str, AsfBone]:
    ordered, known = {}, {'root'}
    for words in hierarchy:
        if words[0] in ('begin', 'end'):
            continue
        for child in words[1:]:
            if child not in bones or words[0] not in known:
                raise ValueError(f'hierarchy: "{words[0]}" -> "{child}" '
                                 'names a bone that is not known there')
            bones[child].parent = words[0]
            ordered[child] = bones[child]
            known.add(child)
    return ordered


def _stack(frames: list[dict], expected: dict) -> dict[str, np.ndarray]:
    if not frames:
        raise ValueError('the motion has no frames')
    for number, frame in enumerate(frames, 1):
        missing = expected.keys() - frame.keys()
        if missing:
            raise ValueError(f'frame {number} of {len(frames)} lacks '
                             f'{sorted(missing)}; is the file cut short?')
    return {
        name: np.array([frame[name] for frame in frames])
        for name in expected
    }


def _motion(values: np.ndarray, channels: tuple[str, ...],
            degrees: bool) -> tuple[Rotation, np.ndarray]:
    """Rotation (x first, then y, then z) and shift ``(F, 3)``."""
    full = np.zeros((len(values), len(ROOT_CHANNELS)))
    full[:, [ROOT_CHANNELS.index(c) for c in channels]] = values
    return (Rotation.from_euler('xyz', full[:, 3:],
                                degrees=degrees), full[:, :3])
