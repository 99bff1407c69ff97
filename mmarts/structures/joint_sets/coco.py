# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The joints of COCO, OpenPose and BlazePose."""
from ..joint_set import JointSet, chain, mirror_pairs
from .parts import LIMBS

_COCO17 = JointSet(
    name='coco17',
    joints=('Nose', 'L_Eye', 'R_Eye', 'L_Ear', 'R_Ear', 'L_Shoulder',
            'R_Shoulder', 'L_Elbow', 'R_Elbow', 'L_Wrist', 'R_Wrist', 'L_Hip',
            'R_Hip', 'L_Knee', 'R_Knee', 'L_Ankle', 'R_Ankle'),
    # COCO's own drawing skeleton is no tree; this is the tree part of it,
    # rooted at the left hip because COCO-17 has no pelvis.
    bones=(('L_Hip', 'R_Hip'), ('L_Hip', 'L_Shoulder')) +
    chain('L_Shoulder', 'R_Shoulder') + (('L_Shoulder', 'Nose'), ) +
    chain('Nose', 'L_Eye', 'L_Ear') + chain('Nose', 'R_Eye', 'R_Ear') +
    chain('L_Shoulder', 'L_Elbow', 'L_Wrist') +
    chain('R_Shoulder', 'R_Elbow', 'R_Wrist') +
    chain('L_Hip', 'L_Knee', 'L_Ankle') + chain('R_Hip', 'R_Knee', 'R_Ankle'),
    pairs=mirror_pairs('Eye', 'Ear', *LIMBS),
    root='L_Hip',
    read_from='coco19')

# COCO-17 with the midpoint of the hips and of the shoulders (ARTS, PMCE).
_COCO19 = JointSet(
    name='coco19',
    joints=_COCO17.joints + ('Pelvis', 'Neck'),
    bones=(chain('Pelvis', 'Neck', 'Nose', 'L_Eye', 'L_Ear') +
           chain('Nose', 'R_Eye', 'R_Ear') +
           chain('Neck', 'L_Shoulder', 'L_Elbow', 'L_Wrist') +
           chain('Neck', 'R_Shoulder', 'R_Elbow', 'R_Wrist') +
           chain('Pelvis', 'L_Hip', 'L_Knee', 'L_Ankle') +
           chain('Pelvis', 'R_Hip', 'R_Knee', 'R_Ankle')),
    pairs=_COCO17.pairs,
    points=(('Pelvis', 'Mid_Hip'), ('Neck', 'Mid_Shoulder')))

_FACE_BONES = (
    chain('Neck', 'Nose', 'R_Eye', 'R_Ear') + chain('Nose', 'L_Eye', 'L_Ear'))
_ARM_BONES = (
    chain('Neck', 'R_Shoulder', 'R_Elbow', 'R_Wrist') +
    chain('Neck', 'L_Shoulder', 'L_Elbow', 'L_Wrist'))


def _leg_bones(hips: str) -> tuple[tuple[str, str], ...]:
    return chain(hips, 'R_Hip', 'R_Knee', 'R_Ankle') + chain(
        hips, 'L_Hip', 'L_Knee', 'L_Ankle')


# OpenPose's model of COCO; the 2D poses of 3DPW's files.
_OPENPOSE18 = JointSet(
    name='openpose18',
    joints=('Nose', 'Neck', 'R_Shoulder', 'R_Elbow', 'R_Wrist', 'L_Shoulder',
            'L_Elbow', 'L_Wrist', 'R_Hip', 'R_Knee', 'R_Ankle', 'L_Hip',
            'L_Knee', 'L_Ankle', 'R_Eye', 'L_Eye', 'R_Ear', 'L_Ear'),
    bones=_FACE_BONES + _ARM_BONES + _leg_bones('Neck'),
    pairs=_COCO17.pairs,
    root='Neck',
    points=(('Neck', 'Mid_Shoulder'), ))


def _openpose(*joints: str) -> tuple[str, ...]:
    return tuple('OP_' + joint for joint in joints)


_FEET = tuple(f'{side}_{part}' for side in 'LR'
              for part in ('Big_Toe', 'Small_Toe', 'Heel'))

# OpenPose's BODY_25, with the names that SPIN gives them.
_OPENPOSE25 = JointSet(
    name='openpose25',
    joints=_openpose('Nose', 'Neck', 'R_Shoulder', 'R_Elbow', 'R_Wrist',
                     'L_Shoulder', 'L_Elbow', 'L_Wrist', 'Mid_Hip', 'R_Hip',
                     'R_Knee', 'R_Ankle', 'L_Hip', 'L_Knee', 'L_Ankle',
                     'R_Eye', 'L_Eye', 'R_Ear', 'L_Ear', *_FEET),
    bones=tuple(
        _openpose(*bone) for bone in chain('Mid_Hip', 'Neck') + _FACE_BONES +
        _ARM_BONES + _leg_bones('Mid_Hip') + tuple(
            (f'{foot[0]}_Ankle', foot) for foot in _FEET)),
    pairs=tuple(
        _openpose(*pair) for pair in _COCO17.pairs +
        mirror_pairs('Big_Toe', 'Small_Toe', 'Heel')),
    root='OP_Mid_Hip',
    read_from='spin49')

_SIDED = ('eye_inner', 'eye', 'eye_outer', 'ear', 'mouth', 'shoulder', 'elbow',
          'wrist', 'pinky', 'index', 'thumb', 'hip', 'knee', 'ankle', 'heel',
          'foot_index')

# BlazePose (arXiv:2006.10204); all of an eye, then all of the other.
_BLAZEPOSE33 = JointSet(
    name='blazepose33',
    joints=('nose', ) + tuple(f'{side}_{part}' for side in ('left', 'right')
                              for part in _SIDED[:3]) +
    tuple(f'{side}_{part}' for part in _SIDED[3:]
          for side in ('left', 'right')),
    bones=(chain('left_hip', 'right_hip') +
           chain('left_hip', 'left_shoulder', 'right_shoulder') +
           chain('left_shoulder', 'nose') + tuple(
               bone for side in ('left', 'right')
               for start, parts in (('nose', _SIDED[:4]), ('nose',
                                                           ('mouth', )),
                                    (f'{side}_shoulder',
                                     ('elbow', 'wrist', 'pinky')),
                                    (f'{side}_wrist', ('index', )),
                                    (f'{side}_wrist', ('thumb', )),
                                    (f'{side}_hip',
                                     ('knee', 'ankle', 'heel', 'foot_index')))
               for bone in chain(start, *(f'{side}_{p}' for p in parts)))),
    pairs=mirror_pairs(*_SIDED, left='left_', right='right_'),
    root='left_hip')

COCO_SETS = (_COCO17, _COCO19, _OPENPOSE18, _OPENPOSE25, _BLAZEPOSE33)
