# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What the parity kit calls the parts of projects/arts_release.

The network is the one that the project's configs build; here are names,
hooks that pick up intermediate values, and the layers that the release
computes and throws away, made of the same classes.
"""
from pathlib import Path

import numpy as np
import torch
from parity import fixture
from parity.arts_eval import compute_eval
from parity.arts_intermediates import fitted_shape, regressed
from parity.arts_losses import compute_losses
from parity.arts_network import (CONFIG_OF, METRES_TO_MM, MIDDLE, build,
                                 released_weights)
from parity.compare import Tolerance

from mmarts.structures import get_joint_set
from projects.arts_release.converter import load_converted
from projects.arts_release.weights import convert_weights

__all__ = ['compute_eval', 'compute_forward', 'compute_losses', 'tolerance_of']

BATCH, FRAMES = 2, 16

# Behind the second flow float32 can promise no more with random weights.
_BEHIND_FLOW = dict.fromkeys(
    ('tik_rotmat_rowconv', 'tik_spin_theta', 'theta', 'rotmat',
     'smpl_verts_mid', 'smpl_kp3d', 'mesh', 'joints_h36m'), Tolerance(3e-4))
_BEHIND_FLOW.update(
    tik_flow2_out=Tolerance(3e-3),
    tik_rot6d=Tolerance(3e-3),
    smpl_kp2d=Tolerance(1e-3, relative=True))


def tolerance_of(part: str):
    """``key -> Tolerance`` of a part: the kit's README, section 2."""

    def tolerance(key):
        name = key.rpartition('/')[2]
        if part == 'losses':
            return Tolerance(1e-6, relative=True)
        if part == 'eval':
            single = 'pa_mpjpe' in key or 'rigid' in key or 'errors(' in key
            return Tolerance(1e-5 if single else 1e-6, relative=True)
        if name == 'vj_relation' or 'in/' in key:
            return Tolerance(0)
        return _BEHIND_FLOW.get(name, Tolerance(1e-5, relative=True))

    return tolerance


@torch.no_grad()
def compute_forward(kit: Path, seed: int, dtype: torch.dtype) -> dict:
    """All arrays of ``forward.npz``."""
    feat = torch.as_tensor(
        0.5 * np.abs(fixture.inputs('img_feat', (BATCH, FRAMES, 2048), seed)))
    arrays = {'in/img_feat': feat}
    for name in CONFIG_OF:
        of_set = _of_set(kit, name, feat, seed, dtype)
        arrays.update({f'{name}/{key}': of_set[key] for key in of_set})
    return {key: np.asarray(value) for key, value in arrays.items()}


def _of_set(kit: Path, name: str, feat: torch.Tensor, seed: int,
            dtype: torch.dtype) -> dict:
    model = build(name).to(dtype)
    joints = len(get_joint_set(model.joint_set))
    pose2d, pose3d = _inputs(joints, seed)
    arrays = {'in/pose2d': pose2d, 'in/pose3d_m': pose3d}
    pose2d, pose3d, feat = (x.to(dtype) for x in (pose2d, pose3d, feat))
    arrays.update(_prefixed('bsf_pinv', _untrained_shape(model, pose3d)))
    alone = convert_weights(released_weights(kit, f'lifter_{name}', seed))
    model.lifter.load_state_dict({
        key.removeprefix('lifter.'): value
        for key, value in alone.state.items()
    })
    arrays.update(_prefixed('lifter', _lifted(model, pose2d, feat)))
    theirs = released_weights(kit, f'arts_{name}', seed)
    load_converted(model, convert_weights(theirs))
    arrays['vj_relation'] = model.mesh_residual.vertex_joint
    lifted = model.lifter(pose2d, feat)
    for run, skeleton in (('full', lifted), ('reg', pose3d)):
        arrays.update(_prefixed(run, regressed(model, skeleton, feat, theirs)))
    arrays['full/pose3d_mm'] = lifted * METRES_TO_MM
    arrays['full/pose3d_mm_mid'] = lifted[:, MIDDLE] * METRES_TO_MM
    return arrays


def _inputs(joints: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Normalised 2D skeletons, and 3D ones in metres."""

    def draw(name, *shape):
        return fixture.inputs(f'{name}_{joints}', (BATCH, *shape), seed)

    still = np.float32(0.3) * draw('pose3d', 1, joints, 3)
    steps = np.float32(0.02) * draw('pose3d_delta', FRAMES, joints, 3)
    pose2d = np.float32(0.3) * draw('pose2d', FRAMES, joints, 2)
    return torch.as_tensor(pose2d), torch.as_tensor(still + steps)


def _prefixed(prefix: str, arrays: dict) -> dict:
    return {f'{prefix}/{key}': value for key, value in arrays.items()}


def _lifted(model, pose2d, feat) -> dict:
    head = model.lifter.first_block(pose2d, feat)
    return dict(
        head=head.transpose(1, 2).flatten(0, 1)[::8],
        pose3d_mm=model.lifter(pose2d, feat) * METRES_TO_MM)


def _untrained_shape(model, pose3d) -> dict:
    """Bone fitting as it starts, but for its biases."""
    fitter = model.shape_fitter
    for layer in (fitter.joints_to_mesh, fitter.mesh_to_betas):
        torch.nn.init.zeros_(layer.bias)
    return fitted_shape(fitter, pose3d)
