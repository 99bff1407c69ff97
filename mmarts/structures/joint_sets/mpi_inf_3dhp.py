# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The joints of MPI-INF-3DHP and of MuCo-3DHP, made from it."""
from ..joint_set import JointSet, chain, mirror_pairs
from .parts import LIMBS, limb_bones

_SIDED = ('clavicle', 'shoulder', 'elbow', 'wrist', 'hand', 'hip', 'knee',
          'ankle', 'foot', 'toe')


def _limb(side: str, part: slice) -> tuple[str, ...]:
    return tuple(f'{side}_{joint}' for joint in _SIDED[part])


_ARM, _LEG = slice(0, 5), slice(5, 10)

# The order of annot.mat.
_MPI_INF_3DHP28 = JointSet(
    name='mpi_inf_3dhp28',
    joints=('spine3', 'spine4', 'spine2', 'spine', 'pelvis', 'neck', 'head',
            'head_top', *_limb('left', _ARM), *_limb('right', _ARM),
            *_limb('left', _LEG), *_limb('right', _LEG)),
    bones=(chain('pelvis', 'spine', 'spine2', 'spine3', 'spine4', 'neck',
                 'head', 'head_top') + chain('neck', *_limb('left', _ARM)) +
           chain('neck', *_limb('right', _ARM)) +
           chain('pelvis', *_limb('left', _LEG)) +
           chain('pelvis', *_limb('right', _LEG))),
    pairs=mirror_pairs(*_SIDED, left='left_', right='right_'),
    root='pelvis',
    # Not SMPL's spine joints and feet of those names.
    points=tuple((f'spine{i}', f'Spine_{i}')
                 for i in (2, 3, 4)) + (('left_foot', 'L_Foot_Base'),
                                        ('right_foot', 'R_Foot_Base')))

_COMMON = ('R_Shoulder', 'R_Elbow', 'R_Wrist', 'L_Shoulder', 'L_Elbow',
           'L_Wrist', 'R_Hip', 'R_Knee', 'R_Ankle', 'L_Hip', 'L_Knee',
           'L_Ankle', 'Pelvis', 'Spine', 'Head')

# The test set's order, and what its toolbox calls relevant joints.
_MPI_INF_3DHP17 = JointSet(
    name='mpi_inf_3dhp17',
    joints=('Head_Top', 'Neck') + _COMMON,
    bones=chain('Pelvis', 'Spine', 'Neck', 'Head', 'Head_Top') +
    limb_bones('Neck', 'Pelvis'),
    pairs=mirror_pairs(*LIMBS),
    read_from='spin49',
    read_joints=('Head_Top', 'Neck_LSP', *_COMMON[:-3], 'Pelvis_MPII',
                 'Spine_H36M', 'Head_H36M'))

# MuCo-3DHP as its annotation files order it: the 17, then hands and toes.
_MUCO21 = JointSet(
    name='muco21',
    joints=('Head_Top', 'Thorax') + _COMMON +
    ('R_Hand', 'L_Hand', 'R_Toe', 'L_Toe'),
    bones=chain('Pelvis', 'Spine', 'Thorax', 'Head', 'Head_Top') +
    limb_bones('Thorax', 'Pelvis') + (('R_Wrist', 'R_Hand'),
                                      ('L_Wrist', 'L_Hand'),
                                      ('R_Ankle', 'R_Toe'),
                                      ('L_Ankle', 'L_Toe')),
    pairs=mirror_pairs(*LIMBS, 'Hand', 'Toe'),
    points=(('Thorax', 'Neck'), ))

MPI_INF_3DHP_SETS = (_MPI_INF_3DHP28, _MPI_INF_3DHP17, _MUCO21)
