# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Regressors: skeletal parts and features -> body parameters, camera."""
from .bone_shape_fitter import BoneShapeFitter
from .camera_solver import CameraSolver
from .feature_heads import FeaturePoseHead, FeatureShapeHead
from .frame_ik import FrameIK
from .joint_space_shape_fitter import JointSpaceShapeFitter
from .mlp_shape_fitter import MLPShapeFitter
from .refiners import (FusionRefiner, GRURefiner, MotionCentricRefiner,
                       NoRefiner, SelfAttentionRefiner)
from .smpl_parameter_head import SMPLParameterHead
from .swing_ik import SwingIK
from .temporal_ik import TemporalIK
from .weak_camera_head import WeakCameraHead

__all__ = [
    'BoneShapeFitter', 'CameraSolver', 'FeaturePoseHead', 'FeatureShapeHead',
    'FrameIK', 'FusionRefiner', 'GRURefiner', 'JointSpaceShapeFitter',
    'MLPShapeFitter', 'MotionCentricRefiner', 'NoRefiner',
    'SelfAttentionRefiner', 'SMPLParameterHead', 'SwingIK', 'TemporalIK',
    'WeakCameraHead'
]
