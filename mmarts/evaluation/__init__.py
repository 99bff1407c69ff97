# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Metrics: metres in, millimetres out, with the protocol in words."""
from .accel_error import AccelError
from .joint_error import JointError, mpjpe, pa_mpjpe
from .joint_metric import JointMetric
from .joint_source import joints_of
from .mesh_metric import MeshMetric
from .motion_metric import MotionMetric
from .shape_error import ShapeError
from .velocity_error import VelocityError
from .vertex_error import VertexError

__all__ = [
    'AccelError', 'JointError', 'JointMetric', 'MeshMetric', 'MotionMetric',
    'ShapeError', 'VelocityError', 'VertexError', 'joints_of', 'mpjpe',
    'pa_mpjpe'
]
