# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What PointHMR's losses compare (CVPR 2023)."""
import torch
from torch import Tensor

from mmarts.geometry.alignment import root_centre
from mmarts.geometry.camera import solve_weak_camera
from mmarts.structures import BodyParams
from .base import stack_targets

_BODY = ('global_orient', 'body_pose', 'betas')
# Joints are read twice.
_READINGS = ('token', 'mesh')


def make_targets(model, out: dict, data_samples: list) -> dict:
    """Targets of a batch, each with its mask.

    Args:
        model: The estimator.
        out: Its outputs; they tell shapes.
        data_samples: ``B`` samples.

    Returns:
        Name -> (target, valid): ``joints3d`` ``(B, T, K, 3)``,
        ``keypoints2d`` ``(B, T, K, 2)``, and every mesh of the estimator
        ``(B, T, V, 3)``, its root at the origin.
    """
    with torch.no_grad():
        vertices, valid = _target_mesh(model, out, data_samples)
        meshes = model.hierarchy.coarsen(model.centred(vertices))
    return dict(
        joints3d=stack_targets(data_samples, 'joints3d_rel',
                               out['joints3d_mesh']),
        keypoints2d=stack_targets(data_samples, 'keypoints2d_crop',
                                  out['keypoints2d_crop_mesh']),
        **{
            name: (mesh, valid)
            for name, mesh in zip(model.mesh_names, meshes)
        })


def _target_mesh(model, out: dict,
                 data_samples: list) -> tuple[Tensor, Tensor]:
    """From the samples' vertices, else from their body parameters."""
    if any('vertices' in s for s in data_samples):
        vertices, valid = stack_targets(data_samples, 'vertices',
                                        out['vertices'])
        return torch.where(valid[..., None, None], vertices, 0.), valid
    body, cam = model.body_model, out['cam']
    eye = torch.eye(3).to(cam)
    rest = dict(
        global_orient=eye.expand(*cam.shape[:2], 1, 3, 3),
        body_pose=eye.expand(*cam.shape[:2], body.num_joints - 1, 3, 3),
        betas=cam.new_zeros(*cam.shape[:2], body.num_betas))
    values, masks = zip(*(stack_targets(data_samples, name, rest[name])
                          for name in _BODY))
    valid = torch.stack(masks).all(0)
    params = (torch.where(
        valid.view(*valid.shape, *[1] * (value.dim() - 2)), value, rest[name])
              for name, value in zip(_BODY, values))
    return body.vertices(BodyParams(*params)), valid


def loss_terms(model, name: str, out: dict, targets: dict) -> dict[str, tuple]:
    """Predictions, targets and masks of one of the losses.

    Args:
        model: The estimator.
        name: ``'joint'``, ``'keypoints2d'``, ``'vertices'``, ``'heatmap'``.
        out: Its outputs.
        targets: Of :func:`make_targets`.

    Returns:
        Name of a term -> (pred, target, valid).
    """
    if name == 'joint':
        return _joints(model, out, targets)
    if name == 'keypoints2d':
        return {
            f'keypoints2d_{reading}':
            (out[f'keypoints2d_crop_{reading}'], *targets['keypoints2d'])
            for reading in _READINGS
        }
    if name == 'vertices':
        return {mesh: (out[mesh], *targets[mesh]) for mesh in model.mesh_names}
    return dict(heatmap=_heatmap(model, out, targets))


def _joints(model, out: dict, targets: dict) -> dict[str, tuple]:
    """Of frames with some 3D joint, around the mean of the root joints.

    A root joint without a target counts as the origin, as in the release.
    """
    target, valid = targets['joints3d']
    seen = valid.flatten(2).any(-1)
    origin = target[..., model.joint_root, :].nan_to_num().mean(
        -2, keepdim=True)
    return {
        f'joint_{reading}': (root_centre(out[f'joints3d_{reading}'],
                                         model.joint_root)[seen],
                             (target - origin)[seen], valid[seen])
        for reading in _READINGS
    }


def _heatmap(model, out: dict, targets: dict) -> tuple:
    """The coarsest target mesh as a camera shows it."""
    vertices, valid = targets[model.mesh_names[-1]]
    cam = out['cam'].detach()
    if model.heatmap_camera == 'target':
        keypoints2d, seen = targets['keypoints2d']
        joints = model.body_model.regress(targets['vertices'][0],
                                          model.joint_set)
        cam = solve_weak_camera(joints, keypoints2d, seen)
        # Two points tell scale and place.
        valid = valid & (seen.sum(-1) > 1)
    points = model.projection(vertices, cam)
    return tuple(x.flatten(0, 1) for x in (out['heat_logits'], points, valid))
