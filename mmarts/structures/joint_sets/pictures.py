# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The joints of datasets with 2D labels: LSP, MPII, AIC, PoseTrack, Penn."""
from ..joint_set import JointSet, chain, mirror_pairs
from .parts import LIMBS, limb_bones

# LSP, LSP extended, and UP-3D, which labels the pictures of both.
_LSP14 = JointSet(
    name='lsp14',
    joints=('R_Ankle', 'R_Knee', 'R_Hip', 'L_Hip', 'L_Knee', 'L_Ankle',
            'R_Wrist', 'R_Elbow', 'R_Shoulder', 'L_Shoulder', 'L_Elbow',
            'L_Wrist', 'Neck', 'Head_Top'),
    bones=limb_bones('Neck', 'Neck') + (('Neck', 'Head_Top'), ),
    pairs=mirror_pairs(*LIMBS),
    root='Neck',
    # A body without a regressor for LSP has these among SPIN's joints.
    read_from='spin49',
    read_joints=('R_Ankle', 'R_Knee', 'R_Hip', 'L_Hip', 'L_Knee', 'L_Ankle',
                 'R_Wrist', 'R_Elbow', 'R_Shoulder', 'L_Shoulder', 'L_Elbow',
                 'L_Wrist', 'Neck_LSP', 'Head_Top'))

_MPII16 = JointSet(
    name='mpii16',
    joints=('R_Ankle', 'R_Knee', 'R_Hip', 'L_Hip', 'L_Knee', 'L_Ankle',
            'Pelvis', 'Thorax', 'Upper_Neck', 'Head_Top', 'R_Wrist', 'R_Elbow',
            'R_Shoulder', 'L_Shoulder', 'L_Elbow', 'L_Wrist'),
    bones=chain('Pelvis', 'Thorax', 'Upper_Neck', 'Head_Top') +
    limb_bones('Thorax', 'Pelvis'),
    pairs=mirror_pairs(*LIMBS),
    points=(('Upper_Neck', 'Neck'), ),
    read_from='spin49',
    read_joints=('R_Ankle', 'R_Knee', 'R_Hip', 'L_Hip', 'L_Knee', 'L_Ankle',
                 'Pelvis_MPII', 'Thorax_MPII', 'Neck_LSP', 'Head_Top',
                 'R_Wrist', 'R_Elbow', 'R_Shoulder', 'L_Shoulder', 'L_Elbow',
                 'L_Wrist'))

# AI Challenger.
_AIC14 = JointSet(
    name='aic14',
    joints=('R_Shoulder', 'R_Elbow', 'R_Wrist', 'L_Shoulder', 'L_Elbow',
            'L_Wrist', 'R_Hip', 'R_Knee', 'R_Ankle', 'L_Hip', 'L_Knee',
            'L_Ankle', 'Head_Top', 'Neck'),
    bones=_LSP14.bones,
    pairs=_LSP14.pairs,
    root='Neck')

# PoseTrack18: COCO's order, two points of the head instead of the eyes.
_POSETRACK17 = JointSet(
    name='posetrack17',
    joints=('Nose', 'Head_Bottom', 'Head_Top', 'L_Ear', 'R_Ear', 'L_Shoulder',
            'R_Shoulder', 'L_Elbow', 'R_Elbow', 'L_Wrist', 'R_Wrist', 'L_Hip',
            'R_Hip', 'L_Knee', 'R_Knee', 'L_Ankle', 'R_Ankle'),
    bones=limb_bones('Head_Bottom', 'Head_Bottom') +
    chain('Head_Bottom', 'Nose', 'Head_Top') + (('Nose', 'L_Ear'),
                                                ('Nose', 'R_Ear')),
    pairs=mirror_pairs('Ear', *LIMBS),
    root='Head_Bottom',
    points=(('Head_Bottom', 'Neck'), ))

# Penn Action.
_PENN13 = JointSet(
    name='penn13',
    joints=('Head', ) + tuple(f'{side}_{joint}' for joint in LIMBS
                              for side in 'LR'),
    bones=limb_bones('Head', 'Head'),
    pairs=mirror_pairs(*LIMBS),
    root='Head')

PICTURE_SETS = (_LSP14, _MPII16, _AIC14, _POSETRACK17, _PENN13)
