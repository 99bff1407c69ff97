# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Regressors: skeletal parts and features -> body parameters, camera."""
from .bone_shape_fitter import BoneShapeFitter
from .camera_solver import CameraSolver
from .joint_space_shape_fitter import JointSpaceShapeFitter
from .motion_centric_refiner import MotionCentricRefiner
from .swing_ik import SwingIK
from .temporal_ik import TemporalIK
from .weak_camera_head import WeakCameraHead

__all__ = [
    'BoneShapeFitter', 'CameraSolver', 'JointSpaceShapeFitter',
    'MotionCentricRefiner', 'SwingIK', 'TemporalIK', 'WeakCameraHead'
]
