# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The metrics of DSD-SATN's release."""
from pathlib import Path
from typing import Optional

import numpy as np
import roma
import torch
from parity import fixture
from torch import Tensor

from mmarts.datasets.images.crop_targets import mirrored_pose
from mmarts.evaluation import mpjpe, pa_mpjpe
from mmarts.evaluation.motion_metric import difference_error
from mmarts.geometry.alignment import root_centre
from mmarts.geometry.motion import acceleration, velocity
from mmarts.structures import get_joint_set
from mmarts.structures.joint_conversion import convert_joints

HIPS = get_joint_set('lsp14').index('R_Hip', 'L_Hip')
ANKLE = 0  # the root of one path of the release
FRAMES = 12
METRES_TO_MM = 1000.0


@torch.no_grad()
def compute_eval(kit: Path, seed: int, dtype: torch.dtype) -> dict:
    """All arrays of ``eval.npz``; metrics are computed in float64."""

    def draw(name):
        return fixture.inputs(name, (FRAMES, 14, 3), seed)

    target = torch.as_tensor(0.3 * draw('eval_gt').astype(np.float64))
    noise = torch.as_tensor(np.float32(0.05) * draw('eval_noise'))
    pred = target + noise
    arrays = {
        'in/gt_m': target,
        'in/pred_m': pred,
        'align_by_pelvis_gt': root_centre(target, HIPS),
        'align_by_root_gt': root_centre(target, ANKLE)
    }
    arrays.update(_accuracy(pred, target))
    arrays.update(_motion(pred, target))
    conversion = convert_joints('h36m32', 'lsp14')
    pose = torch.as_tensor(fixture.inputs('reflect', (72, ), seed)).double()
    arrays['h36m32_2_lsp14_check'] = [rows[0] for rows in conversion.rows]
    arrays['reflect_pose'] = _mirrored(pose)
    return {key: np.asarray(value) for key, value in arrays.items()}


def _accuracy(pred: Tensor, target: Tensor) -> dict:

    def error(own, wanted, pred_root, target_root):
        return METRES_TO_MM * mpjpe(
            root_centre(own, pred_root), root_centre(wanted, target_root))

    mm = METRES_TO_MM
    hips, aligned = error(pred, target, HIPS, HIPS), rounded_pa(pred, target)
    single = rounded_pa(pred.float(), target.float())
    # Poses in a mirror, which no rotation undoes.
    reflected = rounded_pa(pred * torch.tensor([-1., 1., 1.]), target)
    return {
        'mpjpe_mm': hips.mean(),
        'mpjpe_each_mm': hips,
        'mpjpe_rootaligned_3dpw_video_mm': error(pred, target, ANKLE,
                                                 ANKLE).mean(),
        'mpjpe_test_entire_net_non3dpw_mm': error(pred, target, HIPS,
                                                  ANKLE).mean(),
        'pa_mpjpe_each_mm': mm * aligned,
        'pa_mpjpe_mm': mm * aligned.mean(),
        'pa_mpjpe_float32_input_mm': mm * single.mean(),
        'mpjpe_fn_m': mpjpe(pred, target).mean(),
        'exact/pa_mpjpe_each_mm': mm * pa_mpjpe(pred, target),
        'pa_mpjpe_reflected_each_mm': mm * reflected,
        'p_mpjpe_torch_full0_m': one_sign_for_all(pred, target)
    }


def _motion(pred: Tensor, target: Tensor) -> dict:
    valid = torch.ones(FRAMES, 14, dtype=torch.bool)

    def error(difference, hips=False):
        pair = [root_centre(x, HIPS) if hips else x for x in (pred, target)]
        return difference_error(*pair, valid, difference).mean()

    return {
        'mpjve_fn_m_per_frame':
        error(velocity),
        'mpjve_pelvis_aligned_mm_per_frame':
        METRES_TO_MM * error(velocity, True),
        'recon/mpjae_m_per_frame2':
        error(acceleration),
        'recon/mpjae_pelvis_aligned_mm_per_frame2':
        METRES_TO_MM * error(acceleration, True)
    }


def rounded_pa(pred: Tensor, target: Tensor) -> Tensor:
    """PA-MPJPE ``(N,)`` as the release rounds it: by a float16 covariance."""
    x, y = (root_centre(p, range(14)) for p in (pred, target))
    unit = [p / (p.norm(dim=(-2, -1), keepdim=True) + 1e-6) for p in (x, y)]
    covariance = (unit[1].mT @ unit[0]).half().to(x)
    u, s, vt = torch.linalg.svd(covariance)
    return _aligned_error(x, y, u, s, vt, torch.det(u @ vt).sign())


def one_sign_for_all(pred: Tensor, target: Tensor) -> Tensor:
    """Mean PA-MPJPE with defects of the release's second implementation.

    Whether a reflection is undone is decided for the first pose alone, and
    small coordinates of the target become a millimetre.
    """
    x, y = (root_centre(p, range(14)) for p in (pred, target))
    moved = torch.where(y.abs() < 1e-3, 1e-3, y)
    unit = [p / p.norm(dim=(-2, -1), keepdim=True) for p in (x, moved)]
    u, s, vt = torch.linalg.svd(unit[1].mT @ unit[0])
    first = torch.det(u @ vt)[:1].sign()
    return _aligned_error(x, moved, u, s, vt, first, y).mean()


def _aligned_error(x: Tensor,
                   y: Tensor,
                   u: Tensor,
                   s: Tensor,
                   vt: Tensor,
                   last: Tensor,
                   wanted: Optional[Tensor] = None) -> Tensor:
    """Error of centred poses after the similarity of a decomposition."""
    sign = torch.ones_like(s)
    sign[:, -1] = last
    rotmat = u @ (sign[..., None] * vt)
    sizes = [p.norm(dim=(-2, -1), keepdim=True) for p in (x, y)]
    scale = (s * sign).sum(-1)[:, None, None] * sizes[1] / sizes[0]
    return mpjpe(scale * x @ rotmat.mT, y if wanted is None else wanted)


def _mirrored(pose: Tensor) -> Tensor:
    """72 numbers in the mirror between left and right."""
    rotmat = roma.rotvec_to_rotmat(pose.unflatten(-1, (-1, 3)))
    mirror = torch.tensor([-1., 1., 1.]).double()
    root = rotmat[:1] * mirror[:, None] * mirror
    rotmat = torch.cat([root, mirrored_pose(rotmat[1:])])
    return roma.rotmat_to_rotvec(rotmat).flatten()
