# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The release's losses: those in its objective by the config's network."""
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import roma
import torch
from mmengine.config import Config
from parity import fixture
from parity.arts_network import CONFIGS, EVERY, METRES_TO_MM, MIDDLE, build
from parity.fixture_body import fixture_arrays

from mmarts.body_models.kinematics import bone_lengths
from mmarts.geometry.rotation import rot6d_to_rotmat
from mmarts.registry import HOOKS, MODELS
from projects.arts_release.training import laplacian_energy, normal_error

BATCH, FRAMES = 4, 16
_VALID = torch.tensor([1, 1, 1, 0]).bool()
_ALL = torch.ones(BATCH).bool()
# Of a metric that the release computes on a skeleton of another joint order.
_LIMBS = [(0, 1), (1, 2), (2, 6), (5, 4), (4, 3), (3, 6), (6, 7), (7, 8),
          (8, 16), (9, 16), (8, 12), (11, 12), (10, 11), (8, 13), (13, 14),
          (14, 15)]
# The release has a weight for normals, and leaves them out of the sum.
_NORMAL_WEIGHT = 0.1


@torch.no_grad()
def compute_losses(kit: Path, seed: int, dtype: torch.dtype) -> dict:
    """All arrays of ``losses.npz``."""
    given = _inputs(seed)
    arrays = {f'in/{key}': value for key, value in given.items()}
    for key in ('mesh', 'pred_mesh'):
        arrays[f'in/{key}'] = given[key][:, ::EVERY]
    given = {key: value.to(dtype) for key, value in given.items()}
    model = build('coco').to(dtype).train()
    arrays.update(_skeleton_terms(model, given, seed, dtype))
    arrays.update(_unused_terms(model, given))
    arrays.update(_objective(model, given))
    return {key: np.asarray(value) for key, value in arrays.items()}


def _inputs(seed: int) -> dict:
    template = torch.as_tensor(fixture_arrays()['v_template']).float()

    def draw(name, *shape, scale=1.):
        values = fixture.inputs(f'tr_{name}', (BATCH, *shape), seed)
        return torch.as_tensor(np.float32(scale) * values)

    return dict(
        pose3d=draw('pose3d', 19, 3, scale=300),
        evo_pose=draw('evo', 19, 3, scale=300),
        init_smpl_pose=draw('init_pose', FRAMES, 144),
        init_smpl_shape=draw('init_shape', FRAMES, 10),
        pred_mesh=template + draw('pred_mesh', 6890, 3, scale=0.02),
        theta=draw('theta', FRAMES, 85, scale=0.5),
        lift_pose3d=draw('gt_lift', 19, 3, scale=300),
        reg_pose3d=draw('gt_reg', 17, 3, scale=300),
        mesh=template + draw('gt_mesh', 6890, 3, scale=0.02),
        smpl_pose=draw('gt_pose', 72, scale=0.5),
        smpl_shape=draw('gt_shape', 10))


def _rotmats(rotvec):
    return roma.rotvec_to_rotmat(rotvec.unflatten(-1, (-1, 3)))


def _skeleton_terms(model, given: dict, seed: int, dtype) -> dict:
    """The loss of stage one, and terms of stage two that are not summed."""
    lift = Config.fromfile(CONFIGS /
                           'arts-release-lifter_3dpw.py').model.losses.lift
    loss = MODELS.build(lift)
    shape = (BATCH, FRAMES, 19, 3)

    def in_metres(values):
        return values / METRES_TO_MM

    pred, target = (
        torch.as_tensor(300 * fixture.inputs(f'tr1_{name}', shape, seed))
        for name in ('pred', 'gt'))
    stages = dict(
        stage1_CoordLoss_mm=(pred.to(dtype), target.to(dtype)),
        CoordLoss_lift_mm=(given['pose3d'], given['lift_pose3d']),
        CoordLoss_evo_mm=(given['evo_pose'], given['lift_pose3d']))
    return {
        key: loss(*map(in_metres, pair), _VALID)
        for key, pair in stages.items()
    }


def _unused_terms(model, given: dict) -> dict:
    """What is logged or never called, and the metric of limbs."""
    faces = model.body_model.faces
    joints = model.body_model.regress(given['pred_mesh'], 'h36m17')
    limbs = bone_lengths(joints * METRES_TO_MM, _LIMBS)
    wanted = bone_lengths(given['reg_pose3d'], _LIMBS)
    turns = rot6d_to_rotmat(given['init_smpl_pose'][:, MIDDLE].unflatten(
        -1, (-1, 6)))
    losses, full = model.losses, _full_weight
    pose = _rotmats(given['smpl_pose'])
    shape = given['init_smpl_shape'][:, MIDDLE]
    return {
        'NormalVectorLoss':
        normal_error(given['pred_mesh'], given['mesh'], faces).mean(),
        'LaplacianLoss_unused':
        laplacian_energy(given['pred_mesh'][0], faces),
        'LimbLengthError': (limbs - wanted).abs().mean(),
        'init_axis_angle':
        roma.rotmat_to_rotvec(turns).flatten(1),
        'SMPLLoss_init_pose':
        full(losses['pose'])(turns, pose, _ALL),
        'SMPLLoss_init_shape':
        full(losses['shape'])(shape, given['smpl_shape'], _ALL)
    }


def _full_weight(loss):
    """The loss without its factor."""

    def unweighted(*args):
        return loss(*args) / loss.loss_weight

    return unweighted


def _objective(model, given: dict) -> dict:
    """Terms of stage two and their sums in the first epochs."""
    targets = dict(
        mesh=(given['mesh'], _VALID),
        joint=(given['reg_pose3d'] / METRES_TO_MM, _ALL),
        pose=(_rotmats(given['smpl_pose']), _ALL),
        shape=(given['smpl_shape'], _ALL))
    theta = given['theta'][:, MIDDLE]
    pred = given['pred_mesh'], _rotmats(theta[:, 3:75]), theta[:, 75:]
    weights = {n: loss.loss_weight for n, loss in model.losses.items()}
    losses = model.mesh_losses(*pred, targets)
    terms = {n: losses[f'loss_{n}'] / w for n, w in weights.items()}
    hook = HOOKS.build(_start_hook())
    runner, sums = SimpleNamespace(model=model, epoch=0), {}
    hook.before_train(runner)
    for epoch in (1, 2, 3):
        runner.epoch = epoch - 1
        hook.before_train_epoch(runner)
        losses = model.mesh_losses(*pred, targets)
        sums[f'total_epoch{epoch}'] = sum(losses.values())
    names = 'weights(normal,edge,joint,shape,pose,edge_start)'
    return dict(
        sums,
        CoordLoss_mesh=terms['mesh'],
        CoordLoss_joint_mm=terms['joint'] * METRES_TO_MM,
        EdgeLengthLoss=terms['edge'],
        SMPLLoss_pose=terms['pose'],
        SMPLLoss_shape=terms['shape'],
        **{
            names: [
                _NORMAL_WEIGHT, weights['edge'],
                weights['joint'] / METRES_TO_MM, weights['shape'],
                weights['pose'], hook.begin
            ]
        })


def _start_hook() -> dict:
    hooks = Config.fromfile(CONFIGS / 'arts-release_3dpw.py').custom_hooks
    return next(h for h in hooks if h.type == 'LossStartHook')
