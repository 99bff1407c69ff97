# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The joints of SPIN (ICCV 2019): several datasets' side by side."""
from ..joint_set import JointSet, chain, mirror_pairs
from .coco import COCO_SETS
from .parts import LIMBS, limb_bones

_OPENPOSE25 = next(s for s in COCO_SETS if s.name == 'openpose25')

_POINTS = (('Neck_LSP', 'Neck'), ('Pelvis_MPII', 'Pelvis'), ('Thorax_MPII',
                                                             'Thorax'),
           ('Spine_H36M', 'Spine'), ('Jaw_H36M', 'Jaw'), ('Head_H36M', 'Head'))

# The ground truth of SPIN's, METRO's and PointHMR's annotation files.
_SPIN24 = JointSet(
    name='spin24',
    joints=('R_Ankle', 'R_Knee', 'R_Hip', 'L_Hip', 'L_Knee', 'L_Ankle',
            'R_Wrist', 'R_Elbow', 'R_Shoulder', 'L_Shoulder', 'L_Elbow',
            'L_Wrist', 'Neck_LSP', 'Head_Top', 'Pelvis_MPII', 'Thorax_MPII',
            'Spine_H36M', 'Jaw_H36M', 'Head_H36M', 'Nose', 'L_Eye', 'R_Eye',
            'L_Ear', 'R_Ear'),
    bones=chain('Pelvis_MPII', 'Spine_H36M', 'Thorax_MPII', 'Neck_LSP',
                'Jaw_H36M', 'Head_H36M', 'Head_Top') +
    limb_bones('Thorax_MPII', 'Pelvis_MPII') +
    chain('Jaw_H36M', 'Nose', 'L_Eye', 'L_Ear') +
    chain('Nose', 'R_Eye', 'R_Ear'),
    pairs=mirror_pairs('Eye', 'Ear', *LIMBS),
    root='Pelvis_MPII',
    points=_POINTS,
    read_from='spin49')

# OpenPose's 25, then those 24; most points of the body are there twice.
_SPIN49 = JointSet(
    name='spin49',
    joints=_OPENPOSE25.joints + _SPIN24.joints,
    # Of the feet only the ankles, and nothing of the second half.
    bones=(chain('OP_Mid_Hip', 'OP_Neck', 'OP_Nose', 'OP_R_Eye', 'OP_R_Ear') +
           chain('OP_Nose', 'OP_L_Eye', 'OP_L_Ear') +
           chain('OP_Neck', 'OP_R_Shoulder', 'OP_R_Elbow', 'OP_R_Wrist') +
           chain('OP_Neck', 'OP_L_Shoulder', 'OP_L_Elbow', 'OP_L_Wrist') +
           chain('OP_Mid_Hip', 'OP_R_Hip', 'OP_R_Knee', 'OP_R_Ankle') +
           chain('OP_Mid_Hip', 'OP_L_Hip', 'OP_L_Knee', 'OP_L_Ankle')),
    pairs=_OPENPOSE25.pairs + _SPIN24.pairs,
    root='OP_Mid_Hip',
    points=_POINTS)

SPIN_SETS = (_SPIN24, _SPIN49)
