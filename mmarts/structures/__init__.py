# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What travels between stages; no computation."""
from .body_params import BodyParams
from .dataset_info import read_dataset_info
from .joint_conversion import JointConversion, convert_joints
from .joints import JOINT_SETS, JointSet, get_joint_set
from .mesh_data_sample import MeshDataSample, check_sample

__all__ = [
    'BodyParams', 'JOINT_SETS', 'JointConversion', 'JointSet',
    'MeshDataSample', 'check_sample', 'convert_joints', 'get_joint_set',
    'read_dataset_info'
]
