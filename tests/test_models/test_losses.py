# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import torch
from torch.nn import functional as F

from mmarts.models.losses import (ConfidenceMSELoss, FrameNormLoss,
                                  FrobeniusNormLoss, MaskedL1Loss,
                                  MaskedMSELoss)
from mmarts.models.losses.merge_groups import pooled, weighted_by_frames

LOSSES = [(MaskedL1Loss, F.l1_loss), (MaskedMSELoss, F.mse_loss)]


@pytest.mark.parametrize('loss, reference', LOSSES)
@pytest.mark.parametrize('shape', [(2, 5, 19, 3), (2, 5, 10), (1, 1, 3)])
def test_all_valid_is_the_plain_mean(loss, reference, shape):
    pred, target = torch.randn(shape), torch.randn(shape)
    value = loss(loss_weight=0.06)(pred, target,
                                   torch.ones(shape[:2], dtype=torch.bool))
    torch.testing.assert_close(value, 0.06 * reference(pred, target))


@pytest.mark.parametrize('loss, reference', LOSSES)
@pytest.mark.parametrize('axes', [2, 3])
def test_masked_entries_do_not_count(loss, reference, axes):
    pred, target = torch.randn(2, 5, 19, 3), torch.randn(2, 5, 19, 3)
    valid = torch.rand(2, 5, 19)[(..., ) + (0, ) * (3 - axes)] > 0.4
    target[~valid] = torch.nan
    value = loss()(pred, target, valid)
    torch.testing.assert_close(value, reference(pred[valid], target[valid]))


@pytest.mark.parametrize('loss, _', LOSSES)
@pytest.mark.robustness
def test_nothing_valid_is_zero_with_a_finite_gradient(loss, _):
    pred = torch.randn(2, 5, 3, requires_grad=True)
    value = loss()(pred, torch.full((2, 5, 3), torch.nan),
                   torch.zeros(2, 5, dtype=torch.bool))
    value.backward()
    assert value == 0 and not pred.grad.any()


@pytest.mark.parametrize('loss, _', LOSSES)
@pytest.mark.robustness
def test_nan_behind_the_mask_leaves_no_trace_in_the_gradient(loss, _):
    pred = torch.randn(1, 4, 3, requires_grad=True)
    target, valid = torch.randn(1, 4, 3), torch.tensor([[1, 0, 1, 1]]) > 0
    target[~valid] = torch.nan
    loss()(pred, target, valid).backward()
    assert pred.grad.isfinite().all()
    assert not pred.grad[~valid].any() and pred.grad[valid].all()


def test_confidences_weigh_and_unseen_entries_count():
    pred, target = torch.randn(2, 5, 3), torch.randn(2, 5, 3)
    seen = torch.rand(2, 5)
    seen[0, :3] = 0
    wanted = (seen[..., None] * (pred - target).square()).mean()
    target[0, :3] = torch.nan
    torch.testing.assert_close(
        ConfidenceMSELoss(3.)(pred, target, seen), 3 * wanted)


def test_norms_of_a_frame_add_and_a_batch_has_one():
    theta, beta = torch.randn(6, 72), torch.randn(6, 10)
    norms = torch.stack([theta.norm(dim=1), beta.norm(dim=1)], 1)
    arguments = norms, torch.zeros(6, 2), torch.ones(6) > 0
    torch.testing.assert_close(
        FrameNormLoss(0.5)(*arguments), 0.5 * norms.sum(1).mean())
    torch.testing.assert_close(
        FrobeniusNormLoss(0.5)(*arguments),
        0.5 * torch.cat([theta, beta], 1).norm() / 6)


def group(batch, length, valid):
    pred, target = torch.randn(batch, length, 4), torch.randn(batch, length, 4)
    mask = torch.zeros(batch, length, 4, dtype=torch.bool)
    mask[valid] = True
    return dict(joint=(pred, target, mask))


def test_pooling_does_not_know_of_groups():
    whole = group(6, 2, slice(None))
    whole['joint'][2][0, 0, 1] = False
    parts = [
        dict(joint=[x[rows] for x in whole['joint']])
        for rows in (slice(0, 4), slice(4, 6))
    ]
    losses = dict(joint=MaskedMSELoss())
    torch.testing.assert_close(pooled(losses, parts), pooled(losses, [whole]))


def test_frames_weigh_groups_and_2d_clips_have_no_say_in_3d():
    clips, stills = group(3, 4, slice(1, 3)), group(8, 1, slice(0, 2))
    losses = dict(joint=ConfidenceMSELoss())

    def mean(part, rows):
        pred, target, mask = (x[rows] for x in part['joint'])
        return (mask * (pred - target).square()).mean()

    wanted = 12 / 20 * mean(clips, slice(1, 3)) + 8 / 20 * mean(
        stills, slice(None))
    value = weighted_by_frames(losses, [clips, stills])['joint']
    torch.testing.assert_close(value, wanted)
