# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The CMU Graphics Lab's motion capture in its original ASF/AMC files."""
from pathlib import PurePosixPath

import numpy as np
from scipy.spatial.transform import Rotation

from mmarts.datasets.converters.source_files import SourceFiles, read_text
from mmarts.registry import CONVERTERS
from .asf_amc import (AsfSkeleton, asf_kinematics, parse_amc, parse_asf,
                      zero_pose)
from .base import ClipFile, MotionConverter, SourceMotion, spread
from .retarget import DOWN, smallest_turn

# AMC files do not say their rate; the database's documentation does.
CMU_FPS = 120.0
CMU_TITLE = 'CMU Graphics Lab Motion Capture Database (mocap.cs.cmu.edu)'
# SMPL joint -> bone whose rotation it takes; {s} is l or r.
TURNS = dict(
    pelvis='root',
    spine1='lowerback',
    spine2='upperback',
    spine3='thorax',
    head='head',
    hip='{s}femur',
    knee='{s}tibia',
    ankle='{s}foot',
    foot='{s}toes',
    collar='{s}clavicle',
    shoulder='{s}humerus',
    elbow='{s}radius',
    wrist='{s}hand',
    hand='{s}fingers')
# SMPL joint -> bone that starts there.
PLACES = dict(
    pelvis='root',
    neck='lowerneck',
    head='head',
    hip='{s}femur',
    knee='{s}tibia',
    ankle='{s}foot',
    foot='{s}toes',
    shoulder='{s}humerus',
    elbow='{s}radius',
    wrist='{s}hand')
UPPER_BODY = ('lowerback', 'upperback', 'thorax', 'lhumerus', 'lradius',
              'rhumerus', 'rradius')


@CONVERTERS.register_module(name='cmu-asfamc')
class CMUASFAMC(MotionConverter):
    """Subjects as ``<subject>.asf``, their trials as ``<subject>_<n>.amc``.

    The bone called wrist is the far half of the forearm, where it turns
    about its own length; what bends at the wrist is the bone called hand.

    Args:
        fps: Frame rate of the motions.
        dataset: First part of the clips' names.
    """

    title = CMU_TITLE
    suffix = '.amc'

    def __init__(self, fps: float = CMU_FPS, dataset: str = 'cmu') -> None:
        self.fps, self.dataset = fps, dataset

    def clip(self, path: str, files: SourceFiles) -> ClipFile:
        """``01/01_03.amc`` is clip ``cmu/01_03`` of ``01/01.asf``."""
        file = PurePosixPath(path)
        skeleton = str(file.with_name(file.stem.split('_')[0] + '.asf'))
        return ClipFile(f'{self.dataset}/{file.stem}', path, skeleton)

    def read(self, clip: ClipFile, files: SourceFiles) -> SourceMotion:
        """Parse the clip with its skeleton; see :func:`solved_frames`."""
        if clip.skeleton not in files:
            raise ValueError(f'its skeleton "{clip.skeleton}" is not there')
        skeleton = parse_asf(read_text(files, clip.skeleton))
        _check_bones(skeleton, clip)
        values = parse_amc(read_text(files, clip.path), skeleton)
        solved = solved_frames(values)
        dropped = len(values['root']) - len(values['root'][solved])
        values = {bone: rows[solved] for bone, rows in values.items()}
        turns, joints = _smpl_terms(skeleton, values)
        rest = _smpl_terms(skeleton, zero_pose(skeleton))[1]
        rest = {name: place[0] for name, place in rest.items()}
        return SourceMotion(
            self.fps,
            turns,
            joints,
            rest,
            _bind_feet(skeleton),
            dropped=dropped)


def solved_frames(values: dict[str, np.ndarray]) -> slice:
    """What is left when frames without an upper body are cut at both ends.

    Some files begin before the trunk and the arms are tracked: all their
    angles are exactly 0, a T-pose on walking legs.

    Args:
        values: Bone -> ``(F, channels)``, from :func:`parse_amc`.
    """
    angles = np.hstack([values[bone] for bone in UPPER_BODY])
    solved = np.flatnonzero((angles != 0).any(1))
    if not len(solved):
        return slice(0, len(angles))
    return slice(solved[0], solved[-1] + 1)


def _smpl_terms(
    skeleton: AsfSkeleton, values: dict[str, np.ndarray]
) -> tuple[dict[str, Rotation], dict[str, np.ndarray]]:
    turns, starts = asf_kinematics(skeleton, values)
    smpl = {name: turns[bone] for name, bone in _both_sides(TURNS).items()}
    # Two bones of the source are one of SMPL's.
    smpl['neck'] = spread(turns['lowerneck'], turns['upperneck'], 2)[0]
    return smpl, {
        name: starts[bone]
        for name, bone in _both_sides(PLACES).items()
    }


def _bind_feet(skeleton: AsfSkeleton) -> dict[str, Rotation]:
    """The zero pose straddles, and the soles tilt with the shanks."""
    return {
        f'{side}_ankle':
        smallest_turn(DOWN, skeleton.bones[f'{side[0]}tibia'].direction)
        for side in ('left', 'right')
    }


def _both_sides(table: dict[str, str]) -> dict[str, str]:
    named = {}
    for joint, bone in table.items():
        if '{s}' not in bone:
            named[joint] = bone
            continue
        for side in ('left', 'right'):
            named[f'{side}_{joint}'] = bone.format(s=side[0])
    return named


def _check_bones(skeleton: AsfSkeleton, clip: ClipFile) -> None:
    needed = set(_both_sides(TURNS).values()) | {'lowerneck', 'upperneck'}
    missing = needed - set(skeleton.bones) - {'root'}
    if missing:
        raise ValueError(f'"{clip.skeleton}" lacks the bones '
                         f'{sorted(missing)}')
