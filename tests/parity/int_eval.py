# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The release's metrics and geometry, by mmarts' own."""
import math
from pathlib import Path

import numpy as np
import roma
import torch
from parity import fixture
from parity.fixture_body import fixture_body_config
from torch.nn import functional as F

from mmarts.datasets.images import CropView
from mmarts.datasets.images.crop_targets import mirrored_pose
from mmarts.evaluation import mpjpe, pa_mpjpe
from mmarts.evaluation.motion_metric import difference_error
from mmarts.geometry.alignment import procrustes_align, root_centre
from mmarts.geometry.motion import acceleration
from mmarts.geometry.rotation import rot6d_to_rotmat
from mmarts.registry import BODY_MODELS, METRICS, MODELS
from mmarts.structures import BodyParams, get_joint_set

FRAMES, JOINTS = 40, 14
METRES_TO_MM = 1000.
SIZE = 224
# Joints whose confidence is 0 in the second set of values.
_HIDDEN = [0, 5, 9]
# A box of the kit: middle and side, pixels.
_CENTRE, _SIDE = (320., 250.), 180.
_HIPS = ('R_Hip', 'L_Hip')


@torch.no_grad()
def compute_eval(kit: Path, seed: int, dtype: torch.dtype) -> dict:
    """All arrays of ``eval.npz``."""

    def draw(name, *shape, scale=1.):
        values = fixture.inputs(f'eval/{name}', shape, seed)
        return torch.as_tensor(np.float32(scale) * values).to(dtype)

    pred, target = (
        draw(f'{name}_j3d', FRAMES, JOINTS, 3, scale=0.3)
        for name in ('pred', 'target'))
    pve = _vertex_error(draw)
    arrays = _metrics('metrics', pred, target, pve)
    arrays['metrics/num'] = FRAMES
    arrays.update(_by_frame(pred, target, pve))
    for joints in (pred, target):
        joints[:, _HIDDEN] = 0
    arrays.update(_metrics('metrics_masked', pred, target, pve))
    arrays.update(_geometry(draw))
    arrays.update(_resampled(draw))
    arrays.update(_augmentation(draw))
    return {key: np.asarray(value) for key, value in arrays.items()}


def _metrics(prefix: str, pred, target, pve) -> dict:
    """What the evaluators say of one sequence."""
    sample = dict(
        dataset='kit',
        sequence='a',
        person='0',
        fps=30.,
        joint_set='lsp14',
        body_model_id=None,
        frame_index=np.arange(FRAMES),
        pred_frame_index=np.arange(FRAMES),
        pred_joints3d=pred,
        joints3d=target,
        joints3d_valid=torch.ones(FRAMES, JOINTS, dtype=torch.bool))
    values = {}
    for kind in ('JointError', 'AccelError'):
        metric = METRICS.build(
            dict(type=kind, joint_set='lsp14', root=_HIPS, eval_joints=None))
        metric.process(None, [sample])
        values.update(metric.evaluate(1))
    still = _accelerations(pred, torch.zeros_like(pred))
    return {
        f'{prefix}/mpjpe': values['joints3d/mpjpe'],
        f'{prefix}/pa-mpjpe': values['joints3d/pa_mpjpe'],
        f'{prefix}/pve': METRES_TO_MM * pve.mean(),
        f'{prefix}/accel': METRES_TO_MM * still.mean(),
        f'{prefix}/accel_err': values['motion/accel_mm_per_frame2_30fps']
    }


def _centred(joints):
    return root_centre(joints, get_joint_set('lsp14').index(*_HIPS))


def _accelerations(pred, target):
    valid = torch.ones(pred.shape[:2], dtype=torch.bool)
    return difference_error(
        _centred(pred), _centred(target), valid, acceleration)


def _by_frame(pred, target, pve) -> dict:
    own, wanted = _centred(pred), _centred(target)
    return {
        'per_frame/mpjpe_m': mpjpe(own, wanted),
        'per_frame/pa_aligned': procrustes_align(own, wanted),
        'per_frame/pa_mpjpe_m': pa_mpjpe(own, wanted),
        'per_frame/accel_err_m': _accelerations(pred, target),
        'per_frame/accel_m': _accelerations(pred, torch.zeros_like(pred)),
        'per_frame/pve_m': pve
    }


def _vertex_error(draw):
    """Of the posed body where it is: the release aligns nothing."""
    pred = draw('pred_verts', FRAMES, 6890, 3, scale=0.3)
    theta = draw('target_theta', FRAMES, 85, scale=0.4)
    body = BODY_MODELS.build(fixture_body_config()).to(theta.dtype)
    turns = _turns(theta[:, 3:75])
    params = BodyParams(turns[:, :1], turns[:, 1:], theta[:, 75:])
    return mpjpe(pred, body.vertices(params))


def _turns(rotvec):
    return roma.rotvec_to_rotmat(rotvec.unflatten(-1, (-1, 3)))


def _geometry(draw) -> dict:
    rotmat = rot6d_to_rotmat(draw('rot6d', 64, 6))
    rotvec = roma.rotmat_to_rotvec(rotmat)
    eye = torch.eye(3).to(rotmat)
    points = draw('proj_pts', 8, 49, 3)
    cam = draw('proj_cam', 8, 3, scale=0.1) + torch.tensor([0.9, 0., 0.])
    project = MODELS.build(dict(type='CropPerspective'))
    return {
        'geom/rotmat':
        rotmat,
        'geom/axis_angle':
        rotvec,
        'geom/rodrigues':
        roma.rotvec_to_rotmat(rotvec),
        'geom/axis_angle_identity':
        roma.rotmat_to_rotvec(eye)[None],
        'geom/rodrigues_zero':
        roma.rotvec_to_rotmat(torch.zeros_like(eye[:1])).flatten(1),
        'geom/projection':
        project(points, cam)
    }


def _resampled(draw) -> dict:
    """An option of the release that is off, with its misplaced samples."""
    clips = draw('interp', 8, 3).unflatten(0, (2, 4))
    ramp = torch.tensor([[[0.], [2], [4], [6]]])
    return {
        'interp/4_to_8': torch.cat([_misplaced(c, 8) for c in clips]),
        'interp/ramp_0246_to_8': _misplaced(ramp[0], 8)
    }


def _misplaced(points, count: int):
    """Samples that are thought to lie at 1/n .. 1 are read at 0 .. 1."""
    size = len(points)
    place = size * torch.linspace(0, 1, count).to(points) - 1
    low = place.floor().clamp(0, size - 2).long()
    share = (place - low)[:, None]
    return points[low] * (1 - share) + points[low + 1] * share


def _augmentation(draw) -> dict:
    turned = _crop(0.9, (0.1, -0.05), math.radians(20))
    points = draw('aug_kp2d', 4, 49, 2, scale=100) + 250
    cropped = points @ turned[:, :2].mT + turned[:, 2]
    # The release counts pixels from the centre of the first.
    flipped = torch.stack([SIZE - 1 - points[..., 0], points[..., 1]], -1)
    partner = get_joint_set('spin49').flip_indices
    pose = draw('aug_pose', 4, 72, scale=0.3)
    mirrored = torch.cat([
        _mirrored_root(pose[:, :3]),
        roma.rotmat_to_rotvec(mirrored_pose(_turns(pose)[:, 1:])).flatten(1)
    ], 1)
    # A bug of the release: one joint stays as it is.
    mirrored[:, 69:] = pose[:, 69:]
    return {
        'aug/crop_train_1.3': _crop(1.3),
        'aug/crop_eval_1.1': _crop(1.1),
        'aug/crop_rot20_shift': turned,
        'aug/kp2d_cropped': F.pad(cropped, (0, 1), value=1.),
        'aug/kp2d_hflip': F.pad(flipped[:, partner], (0, 1), value=1.),
        'aug/kp3d_hflip': _mirrored_joints(draw, partner),
        'aug/pose_hflip': mirrored
    }


def _crop(scale: float, shift: tuple = (0., 0.), angle: float = 0.):
    """The affine map of a crop of the kit's box; it turns the other way."""
    centre = np.array([_CENTRE]) + _SIDE * np.array(shift)
    view = CropView(centre, np.array([scale * _SIDE]), SIZE, -angle)
    return torch.as_tensor(view.warp()[0])


def _mirrored_root(rotvec):
    """A rotation vector at the plane x = 0."""
    return rotvec * torch.tensor([1., -1., -1.])


def _mirrored_joints(draw, partner: list):
    """At the plane through the middle of the hips; confidence 1."""
    joints = draw('aug_kp3d', 4, 49, 3)[:, partner]
    hips = get_joint_set('spin49').index(*_HIPS)
    middle = joints[:, hips, 0].mean(1)[:, None]
    joints[..., 0] = middle - (joints[..., 0] - middle)
    return F.pad(joints, (0, 1), value=1.)
