# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Joint sets by name, and those that mmpose's configs define."""
from .joint_set import JointSet
from .joint_sets import JOINT_SETS

__all__ = ['JOINT_SETS', 'JointSet', 'get_joint_set']


def get_joint_set(name: str) -> JointSet:
    """Look a joint set up by name.

    Args:
        name: Key of :data:`JOINT_SETS`, or a config file with mmpose's
            ``dataset_info``: a path, or
            ``'mmpose::_base_/datasets/coco.py'``.

    Raises:
        FileNotFoundError: If there is no such config file.
        ImportError: If the file is mmpose's, which is not installed.
        KeyError: If there is no such set.
        ValueError: If the file does not describe a joint set.
    """
    if name in JOINT_SETS:
        return JOINT_SETS[name]
    if name.endswith('.py'):
        from .dataset_info import read_dataset_info
        return read_dataset_info(name)
    raise KeyError(f'There is no joint set "{name}"; '
                   f'mmarts has {sorted(JOINT_SETS)}, and reads the '
                   'dataset_info of a config file (.py) of mmpose.')
