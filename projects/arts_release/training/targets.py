# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What the release trains towards: all about Human3.6M's pelvis."""
import torch
from torch import Tensor

from mmarts.body_models import BodyModel
from mmarts.models.estimators.base import stack_targets
from mmarts.structures import BodyParams, get_joint_set

TARGET_SET = 'h36m17'
_PARAMS = ('global_orient', 'body_pose', 'betas')


@torch.no_grad()
def mesh_targets(body: BodyModel, data_samples: list,
                 middle: int) -> dict[str, tuple[Tensor, Tensor]]:
    """Targets of the middle frame, each with its mask.

    Joints are those of the data where it has Human3.6M's set, else read off
    the mesh; the mesh is the data's or made from the body parameters.

    Args:
        body: Body of the targets.
        data_samples: ``B`` samples.
        middle: Position in the window.

    Returns:
        ``mesh`` ``(B, V, 3)``, ``joint`` ``(B, 17, 3)`` (metres), ``pose``
        ``(B, J, 3, 3)`` and ``shape`` ``(B, S)``, with masks ``(B,)``, for
        joints ``(B, 17)``.

    Raises:
        KeyError: If a sample lacks a body parameter.
    """
    at = {
        name: tuple(x[:, middle] for x in stack_targets(data_samples, name))
        for name in _PARAMS
    }
    values, masks = zip(*at.values())
    valid = torch.stack(masks).all(0)
    mesh = body.vertices(BodyParams(*values))
    if all('vertices' in s for s in data_samples):
        mesh, valid = (
            x[:, middle] for x in stack_targets(data_samples, 'vertices'))
    joints = body.regress(mesh, TARGET_SET)
    root = joints[:, [get_joint_set(TARGET_SET).root_index]]
    joint = joints - root, valid[:, None].expand(joints.shape[:2])
    if all(s.joint_set == TARGET_SET for s in data_samples):
        joint = tuple(x[:, middle]
                      for x in stack_targets(data_samples, 'joints3d_rel'))
    return dict(
        mesh=(mesh - root, valid),
        joint=joint,
        pose=(torch.cat(values[:2], 1), masks[0] & masks[1]),
        shape=(values[2], masks[2]))


@torch.no_grad()
def skeleton_targets(body: BodyModel, data_samples: list,
                     joint_set: str) -> tuple[Tensor, Tensor]:
    """Skeletons of all frames about Human3.6M's pelvis.

    COCO-19's own pelvis, the middle of the hips, lies elsewhere; the step
    between the two is found where the data has body parameters.

    Args:
        body: Body of the targets.
        data_samples: ``B`` samples.
        joint_set: Set of ``joints3d_rel``.

    Returns:
        ``(B, T, K, 3)`` metres and their mask ``(B, T, K)``.
    """
    joints, valid = stack_targets(data_samples, 'joints3d_rel')
    if joint_set == TARGET_SET or not all(n in s for s in data_samples
                                          for n in _PARAMS):
        return joints, valid
    values, masks = zip(*(stack_targets(data_samples, n) for n in _PARAMS))
    params = BodyParams(*values)
    step = (_root(body, params, joint_set) - _root(body, params, TARGET_SET))
    known = torch.stack(masks).all(0)[..., None, None]
    return joints + torch.where(known, step, 0.), valid


def _root(body: BodyModel, params: BodyParams, joint_set: str) -> Tensor:
    index = get_joint_set(joint_set).root_index
    return body.joints(params, joint_set)[..., [index], :]
