# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import torch

from mmarts.datasets.noise.keypoint_noise import KeypointNoise
from mmarts.datasets.random_draws import Draws
from mmarts.structures import get_joint_set

COCO19 = get_joint_set('coco19')
T, B = 16, 2000
QUIET = dict(miss=0., swap=0., clean=0.)


def draw(count=B, **kwargs):
    return KeypointNoise(**dict(QUIET, **kwargs))(Draws([
        (0, i) for i in range(count)
    ]), T, COCO19)


def test_clean_tracks_are_exact():
    noise = draw(count=400, clean=0.5, miss=0.2, swap=0.5)
    own = torch.arange(19)
    untouched = (noise.offset == 0).flatten(1).all(1)
    assert untouched.float().mean() == pytest.approx(0.5, abs=0.08)
    assert (noise.score[untouched] == 1).all()
    assert (noise.source[untouched] == own).all()


def test_hard_joints_err_more():
    spread = draw().offset.std((0, 1, 3))
    wrist, nose = COCO19.index('L_Wrist', 'Nose')
    assert spread[wrist] / spread[nose] == pytest.approx(1.4 / 0.8, rel=0.15)


def test_errors_are_as_correlated_in_time_as_asked():
    offset = draw(constant=0., correlation=0.7).offset
    variance = offset.square().mean((0, 2, 3))
    # Stationary: the first frame errs as much as the last.
    torch.testing.assert_close(
        variance, variance.mean().expand(T), rtol=0.1, atol=0)
    for lag in (1, 3):
        product = (offset[:, lag:] * offset[:, :-lag]).mean()
        assert product / variance.mean() == pytest.approx(0.7**lag, abs=0.05)


def test_bias_keeps_its_part_of_the_variance():
    offset = draw(constant=0.6, correlation=0.).offset
    between = (offset[:, 0] * offset[:, -1]).mean() / offset.square().mean()
    assert between == pytest.approx(0.6, abs=0.05)


def test_the_score_tells_who_may_be_wrong():
    noise = draw()
    error, score = noise.offset.norm(dim=-1).flatten(), noise.score.flatten()
    order = score.argsort()
    unsure, sure = order[:len(order) // 4], order[-len(order) // 4:]
    assert error[unsure].mean() > 3 * error[sure].mean()
    assert ((score > 0) & (score <= 1)).all()


def test_misses_are_as_many_as_asked_and_come_in_runs():
    missed = draw(miss=0.05, correlation=0.6).score == 0
    rate = missed.float().mean()
    assert rate == pytest.approx(0.05, abs=0.005)
    again = (missed[:, 1:] & missed[:, :-1]).sum() / missed[:, :-1].sum()
    assert again > 4 * rate


def test_swaps_exchange_sides_of_whole_limbs():
    noise = draw(swap=1.0)
    own = torch.arange(19)
    flipped = torch.tensor(COCO19.flip_indices)
    swapped = noise.source != own
    assert ((noise.source == own) | (noise.source == flipped)).all()
    assert swapped.any((1, 2)).float().mean() > 0.8
    for part in (('Shoulder', 'Elbow', 'Wrist'), ('Hip', 'Knee', 'Ankle')):
        limb = swapped[...,
                       COCO19.index(*(f'{s}_{p}' for s in 'LR' for p in part))]
        assert (limb.all(-1) | ~limb.any(-1)).all()
    # Both joints of a pair change at once, and are less sure of themselves.
    assert (swapped == swapped[..., flipped]).all()


@pytest.mark.parametrize('swap', [0.0, 0.3])
def test_swaps_are_as_many_as_asked(swap):
    noise = draw(swap=swap)
    some = (noise.source != torch.arange(19)).any((1, 2)).float().mean()
    assert some == pytest.approx(0.9 * swap, abs=0.05)
