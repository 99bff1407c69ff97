# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import torch
from torch.nn import functional as F

from mmarts.models.losses import MaskedL1Loss, MaskedMSELoss

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
