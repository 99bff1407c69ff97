# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What travels between stages; no computation."""
from .body_params import BodyParams
from .joints import JOINT_SETS, JointSet, get_joint_set
from .mesh_data_sample import MeshDataSample, check_sample

__all__ = [
    'BodyParams', 'JOINT_SETS', 'JointSet', 'MeshDataSample', 'check_sample',
    'get_joint_set'
]
