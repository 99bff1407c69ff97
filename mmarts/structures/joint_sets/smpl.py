# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The joints of SMPL, SMPL-H and SMPL-X."""
from ..joint_set import JointSet, chain, mirror_pairs
from .hands import hand_bones, hand_joints

_SMPL24 = JointSet(
    name='smpl24',
    joints=('pelvis', 'left_hip', 'right_hip', 'spine1', 'left_knee',
            'right_knee', 'spine2', 'left_ankle', 'right_ankle', 'spine3',
            'left_foot', 'right_foot', 'neck', 'left_collar', 'right_collar',
            'head', 'left_shoulder', 'right_shoulder', 'left_elbow',
            'right_elbow', 'left_wrist', 'right_wrist', 'left_hand',
            'right_hand'),
    bones=(
        chain('pelvis', 'left_hip', 'left_knee', 'left_ankle', 'left_foot') +
        chain('pelvis', 'right_hip', 'right_knee', 'right_ankle', 'right_foot')
        + chain('pelvis', 'spine1', 'spine2', 'spine3', 'neck', 'head') +
        chain('spine3', 'left_collar', 'left_shoulder', 'left_elbow',
              'left_wrist', 'left_hand') +
        chain('spine3', 'right_collar', 'right_shoulder', 'right_elbow',
              'right_wrist', 'right_hand')),
    pairs=mirror_pairs(
        'hip',
        'knee',
        'ankle',
        'foot',
        'collar',
        'shoulder',
        'elbow',
        'wrist',
        'hand',
        left='left_',
        right='right_'),
    root='pelvis',
    # Centres of rotation of the trunk; annotators mark other points.
    points=(('pelvis', 'Pelvis_Joint'), ('neck', 'Neck_Joint'),
            ('head', 'Head_Joint')))

_BODY22 = _SMPL24.joints[:22]
_BODY22_BONES = tuple(bone for bone in _SMPL24.bones if bone[1] in _BODY22)
_HANDS = hand_joints('left_') + hand_joints('right_')

_SMPLH52 = JointSet(
    name='smplh52',
    joints=_BODY22 + _HANDS,
    bones=_BODY22_BONES + hand_bones('left_') + hand_bones('right_'),
    pairs=_SMPL24.pairs[:-1] +
    mirror_pairs(*hand_joints(), left='left_', right='right_'),
    root='pelvis',
    points=_SMPL24.points)

_SMPLX55 = JointSet(
    name='smplx55',
    joints=_BODY22 + ('jaw', 'left_eye', 'right_eye') + _HANDS,
    bones=_BODY22_BONES + (('head', 'jaw'), ('head', 'left_eye'),
                           ('head', 'right_eye')) + hand_bones('left_') +
    hand_bones('right_'),
    pairs=_SMPLH52.pairs + (('left_eye', 'right_eye'), ),
    root='pelvis',
    points=_SMPL24.points + (('jaw', 'Jaw_Joint'), ))

SMPL_SETS = (_SMPL24, _SMPLH52, _SMPLX55)
