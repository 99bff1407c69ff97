# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A sample in a mirror: left and right change places."""
import torch
from torch import Tensor

from mmarts.structures import JointSet, MeshDataSample

# Of points x right, y down, z forward; and of rotations between such axes.
_POINT = torch.tensor([-1., 1., 1.])
_TURN = _POINT[:, None] * _POINT


def mirror_sample(sample: MeshDataSample, joints: JointSet,
                  body_joints: JointSet) -> None:
    """Mirror the targets in place, all at the plane x = 0: an involution.

    Those in pixels (``keypoints2d``, ``keypoints2d_crop``) only change
    sides; where they lie is the business of the crop.

    Args:
        sample: Targets of ``T`` frames; ``betas`` stay, ``vertices`` are
            dropped, because a mesh has no mirror partners.
        joints: Set of its keypoints and joints.
        body_joints: Set of its body's rotations.
    """
    partner = joints.flip_indices
    for name in ('keypoints2d', 'keypoints2d_crop', 'joints3d',
                 'joints3d_rel'):
        if name in sample:
            value = sample.get(name)[:, partner]
            if value.shape[-1] == 3:
                value = value * _POINT
            sample.set_target(name, value,
                              sample.get(f'{name}_valid')[:, partner])
    if 'transl' in sample:
        sample.set_target('transl', sample.transl * _POINT,
                          sample.transl_valid)
    if 'vertices' in sample:
        del sample.vertices, sample.vertices_valid
    if 'body_pose' in sample:
        turns = torch.cat([sample.global_orient, sample.body_pose], 1)
        turns = mirror_rotations(turns, body_joints)
        sample.set_target('global_orient', turns[:, :1],
                          sample.global_orient_valid)
        sample.set_target('body_pose', turns[:, 1:], sample.body_pose_valid)


def mirror_rotations(rotmats: Tensor, body_joints: JointSet) -> Tensor:
    """Root and parent-relative rotations ``(..., J, 3, 3)`` in the mirror.

    All joints take part; the release of INT leaves out the last one.
    """
    return rotmats[..., body_joints.flip_indices, :, :] * _TURN
