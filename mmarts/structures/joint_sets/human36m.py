# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The joints of Human3.6M, and what 3DPW is evaluated on."""
from ..joint_set import JointSet, chain, mirror_pairs
from .parts import LIMBS, limb_bones

_POINTS = (('Torso', 'Spine'), ('Neck', 'Thorax'), ('Nose', 'Jaw'))

_H36M17 = JointSet(
    name='h36m17',
    joints=('Pelvis', 'R_Hip', 'R_Knee', 'R_Ankle', 'L_Hip', 'L_Knee',
            'L_Ankle', 'Torso', 'Neck', 'Nose', 'Head', 'L_Shoulder',
            'L_Elbow', 'L_Wrist', 'R_Shoulder', 'R_Elbow', 'R_Wrist'),
    bones=(chain('Pelvis', 'R_Hip', 'R_Knee', 'R_Ankle') +
           chain('Pelvis', 'L_Hip', 'L_Knee', 'L_Ankle') +
           chain('Pelvis', 'Torso', 'Neck', 'Nose', 'Head') +
           chain('Neck', 'L_Shoulder', 'L_Elbow', 'L_Wrist') +
           chain('Neck', 'R_Shoulder', 'R_Elbow', 'R_Wrist')),
    pairs=mirror_pairs(*LIMBS),
    points=_POINTS)

_EVALUATED = dict(
    bones=limb_bones('Neck', 'Neck') + (('Neck', 'Head'), ),
    pairs=_H36M17.pairs,
    root='Neck',
    points=_POINTS[1:2],
    read_from='h36m17')

# The evaluation joints of 3DPW and Human3.6M: H36M-17 without Pelvis, Torso
# and Nose.
_H36M14 = JointSet(
    name='h36m14',
    joints=tuple(
        j for j in _H36M17.joints if j not in ('Pelvis', 'Torso', 'Nose')),
    **_EVALUATED)

# The same joints in LSP's order: SPIN, VIBE, INT and PointHMR keep them so.
_PW3D14 = JointSet(
    name='pw3d14',
    joints=('R_Ankle', 'R_Knee', 'R_Hip', 'L_Hip', 'L_Knee', 'L_Ankle',
            'R_Wrist', 'R_Elbow', 'R_Shoulder', 'L_Shoulder', 'L_Elbow',
            'L_Wrist', 'Neck', 'Head'),
    **_EVALUATED)


def _arm(side: str) -> tuple[str, ...]:
    return tuple(f'{side}_{joint}'
                 for joint in ('Clavicle', 'Shoulder', 'Elbow', 'Wrist',
                               'Thumb_Base', 'Thumb', 'Hand_Base', 'Hand'))


def _leg(side: str) -> tuple[str, ...]:
    return tuple(f'{side}_{joint}'
                 for joint in ('Hip', 'Knee', 'Ankle', 'Toe_Base', 'Toe'))


def _arm_bones(side: str) -> tuple[tuple[str, str], ...]:
    arm = _arm(side)
    return chain('Torso', *arm[:6]) + chain(arm[3], *arm[6:])


# The original CDF files. Eight joints are copies of another one: a clavicle
# lies on the neck, the spine's base on the pelvis, thumb and hand on a wrist.
_H36M32 = JointSet(
    name='h36m32',
    joints=('Pelvis', *_leg('R'), *_leg('L'), 'Spine_Base', 'Torso', 'Neck',
            'Nose', 'Head', *_arm('L'), *_arm('R')),
    bones=(chain('Pelvis', *_leg('R')) + chain('Pelvis', *_leg('L')) +
           chain('Pelvis', 'Spine_Base', 'Torso', 'Neck', 'Nose', 'Head') +
           _arm_bones('L') + _arm_bones('R')),
    pairs=tuple(zip(_leg('L') + _arm('L'),
                    _leg('R') + _arm('R'))),
    points=_POINTS)

HUMAN36M_SETS = (_H36M17, _H36M14, _PW3D14, _H36M32)
