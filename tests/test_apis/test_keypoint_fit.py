# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Poses on their keypoints: nearer where these are right, and only there."""
import pytest
import roma
import torch

from mmarts.apis import keypoint_fit
from mmarts.apis.keypoint_fit import fit_to_keypoints
from mmarts.datasets import FreeMotion
from mmarts.geometry.alignment import procrustes_align
from mmarts.registry import BODY_MODELS
from mmarts.structures import BodyParams

FRAMES, ELBOW = 16, 7


@pytest.fixture(scope='module')
def body():
    return BODY_MODELS.build(dict(type='FreeBody'))


@pytest.fixture(scope='module')
def clip():
    """Rotations, shape, exact keypoints and scores, camera."""
    sample = FreeMotion('test', num_frames=FRAMES, views=1)[0]
    inputs, truth = sample['inputs'], sample['data_samples']
    return (torch.cat([truth.global_orient, truth.body_pose],
                      1), truth.betas[0], inputs['keypoints2d'],
            torch.ones(FRAMES, 19), inputs['K'])


def disturbed(rotmats, std=0.12):
    """Turned by the same in all frames, as a network errs."""
    draw = torch.Generator().manual_seed(0)
    turn = std * torch.randn(1, *rotmats.shape[1:3], generator=draw)
    return rotmats @ roma.rotvec_to_rotmat(turn)


def joints_of(body, rotmats, betas):
    params = BodyParams(rotmats[:, :1], rotmats[:, 1:],
                        betas.expand(len(rotmats), -1))
    return body.joints(params, 'coco19')


def pa_mm(body, rotmats, clip):
    ours, truth = (joints_of(body, r, clip[1]) for r in (rotmats, clip[0]))
    error = procrustes_align(ours, truth) - truth
    return 1000 * float(error.norm(dim=-1).mean())


def angle(one, two):
    return roma.rotmat_geodesic_distance(one, two)


def test_bodies_come_nearer_to_the_truth(body, clip):
    start = disturbed(clip[0])
    fitted = fit_to_keypoints(body, start, *clip[1:], fps=30.)
    before, after = pa_mm(body, start, clip), pa_mm(body, fitted, clip)
    assert before > 30 and after < 0.7 * before
    eye = (fitted.mT @ fitted - torch.eye(3)).abs()
    assert fitted.shape == start.shape and eye.max() < 1e-5


def test_what_fits_already_stays(body, clip):
    fitted = fit_to_keypoints(body, *clip, fps=30.)
    assert angle(fitted, clip[0]).max() < 2e-3


def test_keypoints_that_nobody_saw_say_nothing(body, clip):
    rotmats, betas, keypoints, scores, K = clip
    start = disturbed(rotmats)
    blind = fit_to_keypoints(
        body, start, betas, keypoints, 0 * scores, K, fps=30.)
    assert angle(blind, start).max() < 1e-3


def test_a_keypoint_far_off_hardly_pulls(body, clip):
    rotmats, betas, keypoints, scores, K = clip
    keypoints = keypoints.clone()
    height = keypoints[..., 1].amax(1) - keypoints[..., 1].amin(1)
    keypoints[:, ELBOW, 0] += 0.5 * height
    fitted = fit_to_keypoints(body, rotmats, betas, keypoints, scores, K, 30.)
    assert pa_mm(body, fitted, clip) < 8


def test_nobody_is_too_near(body, clip):
    """Keypoints so far apart that the body is solved into the lens."""
    rotmats, betas, keypoints, scores, K = clip
    near = K[:2, 2] + 30 * (keypoints - K[:2, 2])
    fitted = fit_to_keypoints(body, rotmats, betas, near, scores, K, 30.)
    assert fitted.isfinite().all()


def test_long_clips_are_solved_in_pieces(body, clip, monkeypatch):
    start = disturbed(clip[0])
    whole = fit_to_keypoints(body, start, *clip[1:], fps=30.)
    monkeypatch.setattr(keypoint_fit, 'PIECE', 6)
    parts = fit_to_keypoints(body, start, *clip[1:], fps=30.)
    assert angle(whole, parts).mean() < 0.03
    # Radians from frame to frame, also where pieces meet.
    steps = angle(start.mT @ parts, (start.mT @ parts).roll(1, 0)).mean(1)[1:]
    assert steps.max() < 0.005


@pytest.mark.parametrize('linked', [False, True])
def test_the_prior_is_a_sum_of_squares(linked):
    """But for a constant, which the frame before the first one adds."""
    draw = torch.Generator().manual_seed(1)
    rates = torch.tensor([[4., 4, 4], [4, 4, 4], [5, 5, 2]])
    before = torch.randn(1, 3, 3, generator=draw) if linked else None
    prior = keypoint_fit._Prior(rates, before, torch.zeros(FRAMES, 1))
    constants = []
    for _ in range(3):
        white = 3 * torch.randn(FRAMES, 9, generator=draw)
        found = prior.corrections(white)
        whole = torch.cat([before, found]) if linked else found
        steps = whole.diff(dim=0) * rates
        constants.append(keypoint_fit._SMALL * found.square().sum() +
                         keypoint_fit._STEADY * steps.square().sum() -
                         white.square().sum())
    torch.testing.assert_close(
        constants[1:], 2 * constants[:1], rtol=0, atol=0.05)  # of about 1300
    assert (constants[0] > 1) == linked


def test_iterations_are_enough(body, clip, monkeypatch):
    start = disturbed(clip[0])
    fitted = fit_to_keypoints(body, start, *clip[1:], fps=30.)
    monkeypatch.setattr(keypoint_fit, 'ITERATIONS', 100)
    lowest = fit_to_keypoints(body, start, *clip[1:], fps=30.)
    assert angle(start, lowest).mean() > 0.02
    assert angle(fitted, lowest).mean() < 0.25 * angle(start, lowest).mean()
    assert abs(pa_mm(body, fitted, clip) - pa_mm(body, lowest, clip)) < 1
