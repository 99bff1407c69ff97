# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The release's validation, from the functions behind our metrics."""
from pathlib import Path

import numpy as np
import torch
from parity.pointhmr_losses import drawn, posed_vertices
from parity.pointhmr_network import data_files

from mmarts.body_models import SMPL
from mmarts.evaluation import mpjpe, pa_mpjpe
from mmarts.geometry.alignment import root_centre
from mmarts.structures import get_joint_set

BATCH = 6
_HAS_SMPL = ((1, ) * BATCH, (1, 1, 0, 1, 1, 1))
_HAS_3D = ((1, ) * BATCH, (1, 1, 1, 0, 1, 1))
_PICKS, _PELVIS = [*range(12), 12, 18], 14
_HIPS = ('R_Hip', 'L_Hip')


def compute_eval(kit: Path, seed: int, dtype: torch.dtype) -> dict:
    """All arrays of ``eval.npz``. Batches are of the seeds ``seed`` on."""
    body = SMPL(data_files(kit)['body'], dtype='float64').to(dtype)
    arrays, errors = {}, []
    for number in range(2):
        of_batch = _batch(body, kit, number, seed + number)
        errors.append([of_batch[key] for key in ('mpjpe', 'pampjpe', 'pve')])
        arrays.update({
            f'{key}_{number}': value
            for key, value in of_batch['stored'].items()
        })
        arrays.update({
            f'{key}_mm_{number}': 1000 * of_batch[key]
            for key in ('mpjpe', 'pampjpe', 'pve')
        })
        arrays[f'has_smpl_{number}'] = _HAS_SMPL[number]
        arrays[f'has_3d_{number}'] = _HAS_3D[number]
    arrays.update(_validation(errors))
    return {key: np.asarray(value) for key, value in arrays.items()}


def _batch(body, kit: Path, number: int, seed: int) -> dict:
    like = body.v_template

    def draw(name, *shape, scale):
        return torch.as_tensor(
            drawn(f'eval/{name}', (BATCH, *shape), seed, scale)).to(like)

    stored = kit / 'inputs_eval.npz'
    if stored.is_file():
        with np.load(stored) as file:
            target = torch.as_tensor(
                file[f'gt_vertices_6890_{number}']).to(like)
    else:
        target = posed_vertices(body, draw('pose', 72, scale=0.2),
                                draw('betas', 10, scale=0.5))
    # The release adds in float32.
    pred = (target.float() + draw('pred', 6890, 3, scale=0.03).float() +
            draw('shift', 1, 3, scale=0.05).float()).to(like)
    read = body.regress(target, 'pw3d14')
    joints = draw('j24', 24, 3, scale=0.3)
    joints[:, _PICKS] = read + draw('noise', 14, 3, scale=0.02)
    joints[:, _PELVIS] = _pelvis(body, target)
    wanted = (joints - joints[:, [_PELVIS]])[:, _PICKS]
    own = body.regress(pred, 'pw3d14') - _pelvis(body, pred)[:, None]
    hips = get_joint_set('pw3d14').index(*_HIPS)
    ones = torch.ones(BATCH, 14, 1).to(like)
    return dict(
        mpjpe=mpjpe(root_centre(own, hips), root_centre(wanted, hips)),
        pampjpe=pa_mpjpe(own, wanted),
        pve=mpjpe(pred - _pelvis(body, pred)[:, None],
                  target - _pelvis(body, target)[:, None]),
        stored=dict(
            pred_joints14=own,
            gt_joints14=torch.cat([wanted, ones], -1),
            gt_vertices_every50=target[:, ::50],
            pred_vertices_every50=pred[:, ::50]))


def _pelvis(body, vertices):
    index = get_joint_set('h36m17').index('Pelvis')[0]
    return body.regress(vertices, 'h36m17')[:, index]


def _validation(errors: list) -> dict:
    """Means of batches, weighted by counts; PA over whole batches."""
    means, counts = [], []
    for (joint, aligned, vertex), smpl, with_3d in zip(errors, _HAS_SMPL,
                                                       _HAS_3D):
        smpl, with_3d = torch.tensor(smpl) > 0, torch.tensor(with_3d) > 0
        means.append(
            (vertex[smpl].mean(), joint[with_3d].mean(), aligned.mean()))
        counts.append((smpl.sum(), with_3d.sum(), with_3d.sum()))
    weights = torch.tensor(counts).double()
    totals = (torch.tensor(means).double() * weights).sum(0) / weights.sum(0)
    arrays = dict(count=weights[:, 1].sum())
    for name, value in zip(('mPVE', 'mPJPE', 'PAmPJPE'), totals):
        arrays.update({f'{name}_m': value, f'{name}_mm': 1000 * value})
    return arrays
