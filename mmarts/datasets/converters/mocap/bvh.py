# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Motion capture in BVH files, for the rigs whose names are known here."""
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import numpy as np
from scipy.spatial.transform import Rotation

from mmarts.datasets.converters.source_files import SourceFiles, read_text
from mmarts.registry import CONVERTERS
from .base import ClipFile, MotionConverter, SourceMotion, spread
from .bvh_file import BvhMotion, bvh_kinematics, parse_bvh
from .cmu_asfamc import CMU_TITLE
from .retarget import LIMBS, SMPL

# A first frame whose limbs are all this near the rest pose is the rest pose.
REST_FRAME_DEGREES = 3.0


@dataclass(frozen=True)
class Rig:
    """Which bone of a BVH family is which joint.

    Args:
        turns: SMPL joint -> bone whose rotation it takes; ``{s}`` stands
            for the side.
        places: SMPL joint -> bone that starts there.
        necks: The two bones that are SMPL's one neck, or one bone.
        sides: What ``{s}`` is for left and right.
        rest: Bone -> angles about z, y, x in degrees in the rest pose,
            where that is not the bare tree.
        adds_offset: Whether position channels come on top of ``OFFSET``.
    """

    turns: dict[str, str]
    places: dict[str, str]
    necks: tuple[str, ...]
    sides: tuple[str, str]
    rest: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    adds_offset: bool = False


# Reallusion's Character Creator. The rest pose is the first frame of those
# of the CMU motions in this rig that begin with it.
CC_BASE = Rig(
    turns=dict(
        pelvis='CC_Base_Hip',
        spine1='CC_Base_Waist',
        spine2='CC_Base_Spine01',
        spine3='CC_Base_Spine02',
        head='CC_Base_Head',
        hip='CC_Base_{s}_Thigh',
        knee='CC_Base_{s}_Calf',
        ankle='CC_Base_{s}_Foot',
        foot='CC_Base_{s}_ToeBase',
        collar='CC_Base_{s}_Clavicle',
        shoulder='CC_Base_{s}_Upperarm',
        elbow='CC_Base_{s}_Forearm',
        wrist='CC_Base_{s}_Hand'),
    places=dict(
        pelvis='CC_Base_Hip',
        neck='CC_Base_NeckTwist01',
        head='CC_Base_Head',
        hip='CC_Base_{s}_Thigh',
        knee='CC_Base_{s}_Calf',
        ankle='CC_Base_{s}_Foot',
        foot='CC_Base_{s}_ToeBase',
        shoulder='CC_Base_{s}_Upperarm',
        elbow='CC_Base_{s}_Forearm',
        wrist='CC_Base_{s}_Hand'),
    necks=('CC_Base_NeckTwist01', 'CC_Base_NeckTwist02'),
    sides=('L', 'R'),
    rest=dict(
        CC_Base_Hip=(-0.19, 0, 0),
        CC_Base_Pelvis=(0, 0, 11.77),
        CC_Base_L_Thigh=(179.92, 0.06, 16.60),
        CC_Base_L_Calf=(-0.06, -0.10, -9.46),
        CC_Base_L_Foot=(-0.64, -6.13, 81.77),
        CC_Base_L_ToeBase=(-1.80, 3.17, 18.57),
        CC_Base_R_Thigh=(-179.47, 0.02, 16.05),
        CC_Base_R_Calf=(0.03, 0.08, -8.37),
        CC_Base_R_Foot=(0.61, 6.14, 81.25),
        CC_Base_R_ToeBase=(1.78, -3.17, 18.57),
        CC_Base_Waist=(0.19, 0, 16.24),
        CC_Base_Spine01=(0, 0, -21.25),
        CC_Base_Spine02=(0, 0, -5.31),
        CC_Base_NeckTwist01=(0, 0, 21.56),
        CC_Base_NeckTwist02=(0, 0, -1.59),
        CC_Base_Head=(0, 0, -9.65),
        CC_Base_L_Clavicle=(-88.42, 10.87, -14.68),
        CC_Base_L_Upperarm=(-4.02, 0.56, 15.48),
        CC_Base_L_Forearm=(1.25, 0.01, 0.15),
        CC_Base_L_Hand=(-4.49, -0.28, -3.05),
        CC_Base_R_Clavicle=(88.42, -10.87, -14.67),
        CC_Base_R_Upperarm=(3.96, -0.78, 15.61),
        CC_Base_R_Forearm=(-1.26, -0.01, 0.14),
        CC_Base_R_Hand=(4.51, 0.29, -3.21)),
    adds_offset=True)

# CMU's motions as Bruce Hahne published them; the bare tree is a T-pose.
PLAIN = Rig(
    turns=dict(
        pelvis='Hips',
        spine1='LowerBack',
        spine2='Spine',
        spine3='Spine1',
        head='Head',
        hip='{s}UpLeg',
        knee='{s}Leg',
        ankle='{s}Foot',
        foot='{s}ToeBase',
        collar='{s}Shoulder',
        shoulder='{s}Arm',
        elbow='{s}ForeArm',
        wrist='{s}Hand'),
    places=dict(
        pelvis='Hips',
        neck='Neck',
        head='Head',
        hip='{s}UpLeg',
        knee='{s}Leg',
        ankle='{s}Foot',
        foot='{s}ToeBase',
        shoulder='{s}Arm',
        elbow='{s}ForeArm',
        wrist='{s}Hand'),
    necks=('Neck', 'Neck1'),
    sides=('Left', 'Right'))
RIGS = dict(cc_base=CC_BASE, plain=PLAIN)


@CONVERTERS.register_module(name='bvh')
class BVH(MotionConverter):
    """BVH files of the rigs in :data:`RIGS`, told apart by their bones.

    The unit of length does not matter: motions are scaled by the legs. Bones
    of toes, fingers, faces and twist are skipped. Files named as CMU's
    trials (``005_01``) become ``cmu/05_01``, others ``bvh/<file>``.

    Args:
        dataset: First part of the clips' names, instead of that.
    """

    title = 'BVH'
    suffix = '.bvh'

    def __init__(self, dataset: str = '') -> None:
        self.dataset = dataset

    def clip(self, path: str, files: SourceFiles) -> ClipFile:
        """Name by the file's name."""
        stem = PurePosixPath(path).stem
        trial = re.fullmatch(r'0*(\d{1,3})_0*(\d{1,3})', stem)
        if trial:
            stem = '{:02d}_{:02d}'.format(*map(int, trial.groups()))
        dataset = self.dataset or ('cmu' if trial else 'bvh')
        title = f'{CMU_TITLE}, as BVH' if dataset == 'cmu' else ''
        return ClipFile(f'{dataset}/{stem}', path, title=title)

    def read(self, clip: ClipFile, files: SourceFiles) -> SourceMotion:
        """Parse the file; a rest pose in its first frame is left out."""
        motion = parse_bvh(read_text(files, clip.path))
        rig = find_rig(motion)
        rest_turns, rest = _pose(motion, rig, rest_values(motion, rig))
        rest = {name: place[0] for name, place in rest.items()}
        turns, joints = _pose(motion, rig, motion.values)
        turns = {n: turns[n] * rest_turns[n][0].inv() for n in turns}
        dropped = int(len(motion.values) > 1 and _is_rest(joints, rest))
        return SourceMotion(
            motion.fps, {
                n: t[dropped:]
                for n, t in _with_neck(turns).items()
            }, {
                n: p[dropped:]
                for n, p in joints.items()
            },
            rest,
            dropped=dropped,
            notes=_notes(joints['pelvis']))


def find_rig(motion: BvhMotion) -> Rig:
    """The rig whose bones a file has.

    Raises:
        ValueError: If there is none, naming what the nearest one lacks.
    """
    names = {joint.name for joint in motion.joints}
    missing = {key: sorted(_bones(rig) - names) for key, rig in RIGS.items()}
    key = min(missing, key=lambda k: len(missing[k]))
    if missing[key]:
        raise ValueError(f'unknown rig; the nearest one, "{key}", has bones '
                         f'that are not in the file: {missing[key][:5]}')
    return RIGS[key]


def rest_values(motion: BvhMotion, rig: Rig) -> np.ndarray:
    """Channels ``(1, C)`` of the rig's rest pose; all others are zero."""
    row = []
    for joint in motion.joints:
        angles = dict(zip('ZYX', rig.rest.get(joint.name, (0., 0., 0.))))
        row += [
            angles[channel[0]] if channel.endswith('rotation') else 0.
            for channel in joint.channels
        ]
    return np.array([row])


def _pose(motion: BvhMotion, rig: Rig,
          values: np.ndarray) -> tuple[dict, dict[str, np.ndarray]]:
    """Turns by SMPL joint, and by bone for the necks; places by joint."""
    turns, places = bvh_kinematics(motion, values, rig.adds_offset)
    index = {joint.name: i for i, joint in enumerate(motion.joints)}
    named = {j: turns[index[b]] for j, b in _by_side(rig, rig.turns).items()}
    for number, bone in enumerate(rig.necks):
        named[f'neck {number}'] = turns[index[bone]]
    return named, {
        j: places[index[b]]
        for j, b in _by_side(rig, rig.places).items()
    }


def _with_neck(turns: dict[str, Rotation]) -> dict[str, Rotation]:
    """The two neck bones as one: half-way between them."""
    smpl = {name: turns[name] for name in SMPL.joints if name in turns}
    smpl['neck'] = spread(turns['neck 0'], turns['neck 1'], 2)[0]
    return smpl


def _is_rest(joints: dict, rest: dict) -> bool:
    for start, end in LIMBS:
        one = joints[end][0] - joints[start][0]
        other = rest[end] - rest[start]
        cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
        if cosine < np.cos(np.deg2rad(REST_FRAME_DEGREES)):
            return False
    return True


def _notes(root: np.ndarray) -> list[str]:
    moved = np.ptp(root, axis=0)
    if moved.max() > 0 and moved[1] < 1e-3 * moved.max():
        return ['the root keeps its height in the source']
    return []


def _bones(rig: Rig) -> set[str]:
    return {
        *_by_side(rig, rig.turns).values(),
        *_by_side(rig, rig.places).values(), *rig.necks
    }


def _by_side(rig: Rig, table: dict[str, str]) -> dict[str, str]:
    named = {}
    for joint, bone in table.items():
        if '{s}' not in bone:
            named[joint] = bone
            continue
        for side, word in zip(('left', 'right'), rig.sides):
            named[f'{side}_{joint}'] = bone.format(s=word)
    return named
