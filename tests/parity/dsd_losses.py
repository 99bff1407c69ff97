# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The sorting loss of DSD-SATN's release, and terms of eq. 5."""
from pathlib import Path

import numpy as np
import roma
import torch
from parity import dsd_network, fixture
from parity.dsd_eval import HIPS, one_sign_for_all, rounded_pa
from torch import Tensor

from mmarts.evaluation import mpjpe
from mmarts.geometry.alignment import root_centre
from mmarts.models.losses import (AdversarialLoss, FrameSquaredLoss,
                                  MaskedL1Loss, ReleasedOrderLoss)

BATCH = 4
_SHAPES = dict(
    j3d=((14, 3), 0.3),
    j2d=((14, 2), 0.5),
    pose=((72, ), 0.3),
    shape=((10, ), 1.))


def compute_losses(kit: Path, seed: int, dtype: torch.dtype) -> dict:
    """All arrays of ``losses.npz``."""
    rng = fixture.rng('loss', seed)
    arrays = _order(rng, seed, dtype)
    given = _inputs(rng, seed)
    arrays.update({f'in/{key}': value for key, value in given.items()})
    given = {key: value.to(dtype) for key, value in given.items()}
    with torch.no_grad():
        arrays.update(_terms(kit, seed, dtype, given))
    return {key: np.asarray(value) for key, value in arrays.items()}


def _order(rng, seed: int, dtype) -> dict:
    perm = torch.as_tensor(
        np.stack([rng.permutation(9) for _ in range(BATCH)]))
    target = perm.argsort(1)
    logits = torch.as_tensor(
        fixture.inputs('sort_logits', (BATCH, 9, 9), seed)).to(dtype)
    backwards = 6. * torch.nn.functional.one_hot(8 - target, 9).to(dtype)
    arrays = {
        'sort/logits': logits.clone(),
        'sort/perm': perm,
        'sort/target': target,
        'sort/logits_reversed_order': backwards
    }
    for entropy, criterion in ((1, 'cross_entropy'), (0, 'l2')):
        for smooth in (1, 0):
            loss = ReleasedOrderLoss(criterion, bool(smooth))
            name = f'official/sort_loss_ce{entropy}_smooth{smooth}'
            arrays[name] = loss(logits, target)
        arrays[f'official/sort_loss_reversed_ce{entropy}_smooth1'] = (
            ReleasedOrderLoss(criterion)(backwards, target))
    loss = ReleasedOrderLoss()
    forward, reverse = (loss.per_clip(logits, t) for t in (target, 8 - target))
    reversed_ = bool(reverse.sum() < forward.sum())
    chosen = 8 - target if reversed_ else target
    logits.requires_grad_()
    loss(logits, target).backward()
    arrays.update({
        'official/sort_loss_ce1_smooth1_grad': logits.grad,
        'sort/soft_label_chosen_by_official': loss.labels(chosen, 9),
        'sort/soft_label_forward_rederived': loss.labels(target, 9),
        'sort/chosen_is_forward': not reversed_,
        'sort/chosen_is_reverse': reversed_,
        'sort/forward_term': forward.sum(),
        'sort/reverse_term': reverse.sum(),
        'sort/forward_term_per_sample': forward,
        'sort/reverse_term_per_sample': reverse
    })
    return arrays


def _inputs(rng, seed: int) -> dict:

    def draw(name, shape, scale):
        values = fixture.inputs(name, (BATCH, *shape), seed)
        return torch.as_tensor(np.float32(scale) * values)

    given = {
        f'{name}_{side}': draw(f'{name}_{side}', *sizes)
        for name, sizes in _SHAPES.items()
        for side in ('pred', 'gt')
    }
    given['xs_pred'] = draw('xs_pred', *_SHAPES['j2d'])
    unseen = torch.as_tensor(rng.uniform(size=(BATCH, 14, 1)) <= 0.2)
    given['j2d_gt'] = torch.where(unseen, -2., given['j2d_gt'])
    return given


def _terms(kit: Path, seed: int, dtype, given: dict) -> dict:
    critic = dsd_network.discriminator(kit, seed, dtype)
    turns = {
        side:
        roma.rotvec_to_rotmat(given[f'pose_{side}'].unflatten(1, (-1, 3)))
        for side in ('pred', 'gt')
    }
    fake, real = (
        critic(turns[side][:, 1:], given[f'shape_{side}'])
        for side in ('pred', 'gt'))
    pelvis = [root_centre(given[f'j3d_{s}'], HIPS) for s in ('pred', 'gt')]
    distance = mpjpe(*pelvis).mean()
    aligned = rounded_pa(given['j3d_pred'].double(),
                         given['j3d_gt'].double()).mean()
    one_sign = one_sign_for_all(given['j3d_pred'], given['j3d_gt'])
    recon = {
        'L_pm_pose_23': _squared(turns['pred'][:, 1:], turns['gt'][:, 1:]),
        'L_pm_pose_24': _squared(turns['pred'], turns['gt']),
        'L_shape': _squared(given['shape_pred'], given['shape_gt']),
        'L_3d_sq': _squared(*pelvis),
        'L_3d_mpjpe': distance,
        'L_2d_l1': _seen(given['j2d_pred'], given['j2d_gt']),
        'L_2dj_l1': _seen(given['xs_pred'], given['j2d_gt']),
        'L_r_generator': AdversarialLoss()(fake),
        'L_disc': AdversarialLoss.discriminator(fake, real)
    }
    weights = dict(
        L_pm_pose_23=20,
        L_shape=.6,
        L_3d_mpjpe=60,
        L_2dj_l1=10,
        L_2d_l1=10,
        L_r_generator=.1)
    recon['total_released_weights'] = 80 * aligned + sum(
        w * recon[name] for name, w in weights.items())
    weights = dict(L_pm_pose_23=20, L_3d_sq=60, L_2d_l1=10, L_r_generator=.6)
    recon['total_paper_weights'] = sum(w * recon[name]
                                       for name, w in weights.items())
    official = dict(
        align_by_pelvis_pred=pelvis[0],
        align_by_root_pred=root_centre(given['j3d_pred'], 0),
        mpjpe_pelvis=distance,
        p_mpjpe_numpy=aligned,
        p_mpjpe_torch_full0=one_sign,
        p_mpjpe_torch_full1=one_sign,
        disc_fake=fake,
        disc_real=real)
    return dict({
        f'official/{k}': v
        for k, v in official.items()
    }, **{
        f'recon/{k}': v
        for k, v in recon.items()
    })


def _squared(pred: Tensor, target: Tensor) -> Tensor:
    valid = torch.ones(BATCH, 1, dtype=torch.bool)
    return FrameSquaredLoss()(pred[:, None], target[:, None], valid)


def _seen(pred: Tensor, target: Tensor) -> Tensor:
    """Ours is a mean over the coordinates of seen joints, theirs a sum of
    both coordinates over all joints."""
    seen = target[..., 0] != -2
    mean = MaskedL1Loss()(pred[:, None], target[:, None], seen[:, None])
    return 2 * seen.to(pred).mean() * mean
