# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The clips ``humanoid3d_*.txt`` of the Python package pybullet."""
import json
from pathlib import PurePosixPath
from typing import Iterator

import numpy as np
from scipy.spatial.transform import Rotation

from mmarts.datasets.converters.source_files import SourceFiles, read_text
from mmarts.registry import CONVERTERS
from .base import ClipFile, MotionConverter, SourceMotion, spread
from .bvh_file import restore_rate

# Source axes (x forward, y up, z right) to SMPL's (x left, y up, z forward).
BASIS = np.array([[0., 0., -1.], [0., 1., 0.], [1., 0., 0.]])
# Columns of a row after dt and the root position; 4 = quaternion (w x y z),
# 1 = angle in radians about the source's z axis.
CHANNELS = (('root', 4), ('chest', 4), ('neck', 4), ('right_hip', 4),
            ('right_knee', 1), ('right_ankle', 4), ('right_shoulder', 4),
            ('right_elbow', 1), ('left_hip', 4), ('left_knee', 1),
            ('left_ankle', 4), ('left_shoulder', 4), ('left_elbow', 1))
ROW_LENGTH = 4 + sum(size for _, size in CHANNELS)
# Joint of a side -> parent and offset in metres, source axes, right side,
# arms hanging: the skeleton of humanoid.urdf in pybullet_data, which is four
# times as large.
TRUNK = dict(
    chest=('root', (0., 0.236151, 0.)), neck=('chest', (0., 0.223894, 0.)))
LIMB = dict(
    hip=('root', (0., 0., 0.084887)),
    knee=('hip', (0., -0.421546, 0.)),
    ankle=('knee', (0., -0.40987, 0.)),
    shoulder=('chest', (-0.02405, 0.2435, 0.18311)),
    elbow=('shoulder', (0., -0.274788, 0.)),
    wrist=('elbow', (0., -0.258947, 0.)))


@CONVERTERS.register_module(name='pybullet')
class Pybullet(MotionConverter):
    """JSON clips of a humanoid with 13 joints.

    Chest and neck each bend several of SMPL's joints, in equal parts.
    Collars, wrists, hands and the balls of the feet have no data. The source
    rests with hanging arms, so its rest pose is taken with them raised.

    Args:
        dataset: First part of the clips' names.
    """

    title = 'pybullet_data/data/motions (zlib licence)'
    suffix = '.txt'

    def __init__(self, dataset: str = 'pybullet') -> None:
        self.dataset = dataset

    def clip(self, path: str, files: SourceFiles) -> ClipFile:
        """``humanoid3d_walk.txt`` is clip ``pybullet/walk``."""
        stem = PurePosixPath(path).stem.removeprefix('humanoid3d_')
        return ClipFile(f'{self.dataset}/{stem}', path)

    def read(self, clip: ClipFile, files: SourceFiles) -> SourceMotion:
        """Parse the JSON and chain its rotations."""
        frames = parse_frames(read_text(files, clip.path))
        turns, joints = _kinematics(_rotations(frames), frames[:, 1:4])
        raised = _raised_arms()
        rest = _kinematics(raised, np.zeros((1, 3)))[1]
        for name in list(turns):
            if name.endswith(('shoulder', 'elbow')):
                # Against the raised arm, which the shoulder has turned.
                turns[name] = turns[name] * raised[
                    f'{name.split("_")[0]}_shoulder'][0].inv()
        # A clip's last row repeats its dt or holds 0: rows are evenly
        # spaced, so the median is the step.
        fps = restore_rate(1 / float(np.median(frames[:, 0])))
        rest = {name: place[0] for name, place in rest.items()}
        return SourceMotion(fps, _smpl_turns(turns), joints, rest)


def parse_frames(text: str) -> np.ndarray:
    """Rows ``(F, 44)`` of a clip.

    Raises:
        ValueError: If the text is no such clip.
    """
    try:
        frames = np.array(json.loads(text)['Frames'], float)
    except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise ValueError('expected JSON with rows of numbers under "Frames": '
                         f'{error}') from None
    if frames.ndim != 2 or frames.shape[1] != ROW_LENGTH or not len(frames):
        raise ValueError(f'expected rows of {ROW_LENGTH} numbers, got an '
                         f'array {frames.shape}')
    if np.median(frames[:, 0]) <= 0 or not np.isfinite(frames).all():
        raise ValueError('time steps should be above 0 and all values finite')
    return frames


def _rotations(frames: np.ndarray) -> dict[str, Rotation]:
    """Parent-relative rotations, SMPL's axes, arms hanging at rest."""
    turns, column = {}, 4
    basis = Rotation.from_matrix(BASIS)
    for name, size in CHANNELS:
        values = frames[:, column:column + size]
        column += size
        if size == 4:
            rotation = Rotation.from_quat(values[:, [1, 2, 3, 0]])
        else:
            rotation = Rotation.from_rotvec(values * [[0., 0., 1.]])
        turns[name] = basis * rotation * basis.inv()
    return turns


def _raised_arms() -> dict[str, Rotation]:
    """One frame at rest, but with the arms to the sides."""
    turns = {name: Rotation.identity(1) for name, _ in CHANNELS}
    for side, sign in (('left', 1), ('right', -1)):
        turns[f'{side}_shoulder'] = Rotation.from_euler(
            'z', [[sign * 90]], degrees=True)
    return turns


def _kinematics(
        local: dict[str, Rotation],
        root: np.ndarray) -> tuple[dict[str, Rotation], dict[str, np.ndarray]]:
    """World rotations and joints ``(F, 3)`` in SMPL's axes."""
    turns, joints = {'root': local['root']}, {'root': root @ BASIS.T}
    for name, parent, offset in _skeleton():
        joints[name] = joints[parent] + turns[parent].apply(BASIS @ offset)
        turns[name] = turns[parent] * local.get(name, Rotation.identity())
    joints['pelvis'] = joints['root']
    return turns, joints


def _skeleton() -> Iterator[tuple[str, str, tuple]]:
    """Joint, parent and offset, parents first."""
    for name, (parent, offset) in TRUNK.items():
        yield name, parent, offset
    for side, mirror in (('left', (1, 1, -1)), ('right', (1, 1, 1))):
        for name, (parent, offset) in LIMB.items():
            above = f'{side}_{parent}' if parent in LIMB else parent
            yield f'{side}_{name}', above, np.multiply(offset, mirror)


def _smpl_turns(turns: dict[str, Rotation]) -> dict[str, Rotation]:
    smpl = {
        n: t
        for n, t in turns.items()
        if n.endswith(('hip', 'knee', 'ankle', 'shoulder', 'elbow'))
    }
    smpl['pelvis'] = turns['root']
    for number, turn in enumerate(spread(turns['root'], turns['chest'], 3), 1):
        smpl[f'spine{number}'] = turn
    smpl['neck'], smpl['head'] = spread(turns['chest'], turns['neck'], 2)
    return smpl
