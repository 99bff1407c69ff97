# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Metrics: metres in, millimetres out, with the protocol in words."""
from .joint_accuracy import JointAccuracy, correct_share
from .joint_error import JointError, mpjpe, pa_mpjpe
from .joint_metric import JointMetric
from .joint_source import joints_of
from .mesh_metric import MeshMetric
from .motion_metric import MotionMetric
from .protocol import FrameSubset, Protocol
from .protocols import PROTOCOLS, get_protocol
from .shape_error import ShapeError
from .temporal import AccelError, VelocityError
from .vertex_error import AlignedVertexError, VertexError, f_score

__all__ = [
    'AccelError', 'AlignedVertexError', 'FrameSubset', 'JointAccuracy',
    'JointError', 'JointMetric', 'MeshMetric', 'MotionMetric', 'PROTOCOLS',
    'Protocol', 'ShapeError', 'VelocityError', 'VertexError', 'correct_share',
    'f_score', 'get_protocol', 'joints_of', 'mpjpe', 'pa_mpjpe'
]
