# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The detector's errors have the numbers that were measured."""
import json

import pytest
import torch
from mmengine.config import Config

from mmarts.body_models import FreeBody
from mmarts.datasets import DetectorNoise, FreeMotion
from mmarts.datasets.noise.detector_noise import (KINDS, NUM_RANKS,
                                                  kind_of_joints)
from mmarts.datasets.noise.self_occlusion import hidden_joints
from mmarts.datasets.random_draws import Draws
from mmarts.registry import DATASETS
from mmarts.structures import BodyParams, get_joint_set
from mmarts.utils import config_path

COCO = get_joint_set('coco19')
DETECTOR = dict(type='DetectorNoise')


@pytest.fixture
def noise_file(tmp_path):
    """A measurement with plain numbers, changed as a test wants it."""

    def write(**changes):
        spread = [[[0.01 * (k + 1), 0.5]] * 3 for k in range(len(KINDS))]
        score = [[[r / (NUM_RANKS - 1) for r in range(NUM_RANKS)]] * 2
                 for _ in KINDS]
        numbers = dict(
            offsets={k: [0., 0., 0.]
                     for k in KINDS[:-2]},
            owners={k: 'head'
                    for k in KINDS[:-2]},
            spread=spread,
            score=score,
            level_std=0.,
            joint_std=1e-6,
            constant=0.5,
            correlation=0.5,
            score_error_correlation=-0.3,
            score_correlation=0.9,
            swap=[0., 0., 0.],
            swap_frames=[2., 2., 2.],
            lost=0.,
            lost_frames=2.)
        path = tmp_path / 'noise.json'
        path.write_text(json.dumps(numbers | changes))
        return str(path)

    return write


def drawn(noise, count=400, frames=16):
    draws = Draws([(7, index) for index in range(count)])
    return noise(draws, frames, COCO)


def standing(facing=1.0):
    """A frontal skeleton 4 m away; ``facing`` -1 turns it round."""
    body = FreeBody()
    turn = torch.diag(torch.tensor([1., -1., -1.]))
    if facing < 0:
        turn = turn @ torch.diag(torch.tensor([-1., 1., -1.]))
    eye = torch.eye(3).expand(1, 23, 3, 3)
    params = BodyParams(turn[None, None], eye, torch.zeros(1, 10),
                        torch.tensor([[0., 0., 4.]]))
    return body.joints(params, 'coco19')


def test_errors_have_the_spread_of_their_joint(noise_file):
    noise = DetectorNoise(file=noise_file())
    draw = drawn(noise)
    joints = standing().expand(400, 16, 19, 3)
    error, score = noise.place(draw, joints, torch.ones(400, 16))
    seen = ~hidden_joints(standing())[0]
    expected = 0.01 * (kind_of_joints('coco19') + 1)
    std = error.square().mean((0, 1, 3)).sqrt()
    plain = seen.clone()
    plain[COCO.index('Pelvis', 'Neck')] = False
    assert (std / expected - 1).abs()[plain].max() < 0.1
    # Even scores were asked for.
    flat = score[..., plain].flatten()
    assert torch.quantile(flat[:100000], 0.25) == pytest.approx(0.25, abs=.03)


def test_half_of_the_variance_stays(noise_file):
    noise = DetectorNoise(file=noise_file(correlation=0.))
    unit = drawn(noise, 2000).unit
    product = (unit[:, 0] * unit[:, -1]).mean()
    assert product == pytest.approx(0.5, abs=0.03)


def test_derived_joints_lie_between_their_sources(noise_file):
    noise = DetectorNoise(file=noise_file())
    joints = standing().expand(400, 16, 19, 3)
    error, score = noise.place(drawn(noise), joints, torch.ones(400, 16))
    pair = COCO.index('L_Hip', 'R_Hip')
    pelvis = COCO.index('Pelvis')[0]
    torch.testing.assert_close(error[..., pelvis, :], error[...,
                                                            pair, :].mean(2))
    assert (score[..., pelvis] == score[..., pair].amin(-1)).all()


def test_runs_have_their_share_and_length(noise_file):
    noise = DetectorNoise(file=noise_file(lost=0.2, lost_frames=4.))
    lost = drawn(noise, 500, 64).lost
    assert lost.float().mean() == pytest.approx(0.2, abs=0.02)
    begins = lost[:, 1:] & ~lost[:, :-1]
    ends = lost[:, :-1] & ~lost[:, 1:]
    inner = lost[:, 1:-1].sum() / ((begins.sum() + ends.sum()) / 2)
    assert inner == pytest.approx(4., abs=0.5)


def test_swapped_limbs_report_the_other_side(noise_file):
    noise = DetectorNoise(file=noise_file(swap=[0.3, 0., 0.]))
    source = drawn(noise).source
    own = torch.arange(19)
    flipped = torch.tensor(COCO.flip_indices)
    assert ((source == own) | (source == flipped)).all()
    wrist, knee = COCO.index('L_Wrist', 'L_Knee')
    swapped = (source != own).float().mean((0, 1))
    assert swapped[wrist] == pytest.approx(0.3, abs=0.03)
    assert swapped[knee] == 0


def test_clean_tracks_are_exact():
    items = FreeMotion('train', noise=dict(DETECTOR, clean=1.0))
    for item in items.__getitems__(range(20)):
        torch.testing.assert_close(item['inputs']['keypoints2d'],
                                   item['data_samples'].keypoints2d)


@pytest.mark.parametrize('split', ['train', 'test'])
def test_samples_depend_on_nothing_but_their_index(split):
    data = FreeMotion(split, views=1, noise=DETECTOR)
    together = data.__getitems__([5, 3])
    alone = data[3]
    for key, value in alone['inputs'].items():
        torch.testing.assert_close(together[1]['inputs'][key], value)


def test_offsets_turn_with_their_bone(noise_file):
    offsets = {k: [0., 0., 0.] for k in KINDS[:-2]} | dict(Eye=[.03, .02, .01])
    noise = DetectorNoise(file=noise_file(offsets=offsets))
    body = FreeBody()
    body.add_regressor('lsp14', noise.regressor(body))  # any known name
    turn = torch.tensor([[0., 0, 1], [0, 1, 0], [-1, 0, 0]])
    params = BodyParams(turn[None],
                        torch.eye(3).expand(23, 3, 3), torch.zeros(10),
                        torch.zeros(3))
    moved = body.joints(params, 'lsp14') - body.joints(params, 'coco19')
    left, right, wrist = COCO.index('L_Eye', 'R_Eye', 'L_Wrist')
    offset = torch.tensor([.03, .02, .01])
    mirror = torch.tensor([-1., 1, 1])
    torch.testing.assert_close(moved[left], turn @ offset, atol=1e-5, rtol=0)
    torch.testing.assert_close(
        moved[right], turn @ (offset * mirror), atol=1e-5, rtol=0)
    assert moved[wrist].abs().max() < 1e-6


def test_bodies_hide_what_is_behind_them():
    face = COCO.index('Nose', 'L_Eye', 'R_Eye')
    assert not hidden_joints(standing())[0, face].any()
    assert hidden_joints(standing(-1.))[0, face].all()
    behind = standing()
    wrist, neck, pelvis = COCO.index('L_Wrist', 'Neck', 'Pelvis')
    middle = (behind[0, neck] + behind[0, pelvis]) / 2
    for shift, expected in ((0.3, True), (-0.3, False)):
        behind[0, wrist] = middle * (1 + shift / middle.norm())
        assert bool(hidden_joints(behind)[0, wrist]) is expected


def test_the_shipped_measurement_says_where_it_is_from():
    numbers = DetectorNoise().numbers
    assert numbers['origin']['frames'] > 5000
    # Hips are inside the body, not where the detector marks them.
    assert numbers['offsets']['Hip'][1] > 0.01


@pytest.mark.parametrize('split', ['val', 'test'])
def test_the_detector_is_judged_on_people_in_the_picture(split):
    cfg = Config.fromfile(config_path('arts/arts-tiny_detector_freemotion.py'))
    dataset = DATASETS.build(cfg[f'{split}_dataloader'].dataset)
    samples = [
        sample['data_samples']
        for sample in dataset.__getitems__(range(len(dataset)))
    ]
    size = torch.tensor([sample.image_size for sample in samples])
    points = torch.stack([sample.keypoints2d for sample in samples])
    inside = (points >= 0) & (points < size[:, None, None])
    assert inside.all(-1).all(-1).float().mean() > 0.99
