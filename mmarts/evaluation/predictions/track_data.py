# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""One person of one sequence, as a file of predictions holds it."""
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np

# Names that programs give to what mmarts calls so.
ALIASES = dict(
    frame_ids='frame_index',
    frame_id='frame_index',
    frames='frame_index',
    verts='vertices',
    joints='joints3d',
    joints_3d='joints3d',
    kp_3d='joints3d',
    shape='betas')
# What is scored, in the order in which it is preferred.
KINDS = ('joints3d', 'joints3d_rel', 'vertices', 'global_orient', 'body_pose',
         'betas')
MASKS = tuple(f'{kind}_valid' for kind in KINDS)
POSES = ('pose', 'poses', 'rotvec', 'rotmat')
# Arrays of annotation files that are measured instead of others: the
# subject's own shape instead of the neutral one, the universal skeleton of
# MPI-INF-3DHP.
REPLACED = dict(
    betas_gendered='betas',
    joints3d_universal='joints3d',
    joints3d_universal_valid='joints3d_valid')
TEXTS = ('gender', 'action', 'body_model_id')


@dataclass
class TrackData:
    """A track: frames, and what was found in them.

    Args:
        sequence, person: Its names.
        frames: ``(F,)`` int64, strictly increasing.
        arrays: ``(F, ...)`` by the names of :data:`KINDS` and
            :data:`MASKS`; metres, rotation matrices ``(F, J, 3, 3)``.
        texts: Constant words: gender, action, body.
        joint_set: Set of the joints; empty where there are none.
        fps: Frames a second that the frame numbers count, or None.
    """

    sequence: str
    person: str
    frames: np.ndarray
    arrays: dict[str, np.ndarray]
    texts: dict[str, str]
    joint_set: str = ''
    fps: Optional[float] = None


def plain_names(record: dict[str, Any]) -> dict[str, Any]:
    """The record with the names of mmarts: aliases, ``pred_`` left out."""
    names = {}
    for key, value in record.items():
        name = str(key).removeprefix('pred_')
        names[ALIASES.get(name, name)] = value
    return names


def split_pose(name: str, pose: np.ndarray) -> dict[str, np.ndarray]:
    """Root and body rotations of one array with all.

    Args:
        name: What the file calls it, for the error.
        pose: ``(F, J * 3)``, ``(F, J, 3)`` rotation vectors, or
            ``(F, J, 3, 3)``.

    Raises:
        ValueError: If it has another shape.
    """
    turns = to_rotmat(name, pose)
    return dict(global_orient=turns[:, :1], body_pose=turns[:, 1:])


def to_rotmat(name: str, pose: np.ndarray) -> np.ndarray:
    """Rotations in any of the usual forms as ``(F, J, 3, 3)``.

    Raises:
        ValueError: If the shape is none of them.
    """
    import roma
    import torch
    if pose.ndim == 4 and pose.shape[-2:] == (3, 3):
        return pose
    if pose.ndim == 3 and pose.shape[1:] == (3, 3):
        # A single rotation of every frame, or three rotation vectors: no body
        # has three joints.
        return pose[:, None]
    if pose.ndim == 2 and pose.shape[1] % 3 == 0:
        pose = pose.reshape(len(pose), -1, 3)
    if pose.ndim != 3 or pose.shape[-1] != 3:
        raise ValueError(
            f'"{name}" should hold rotation vectors (F, J, 3) or matrices '
            f'(F, J, 3, 3), but is {pose.shape}')
    return roma.rotvec_to_rotmat(torch.as_tensor(pose)).numpy()
