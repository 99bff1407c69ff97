# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import math

import numpy as np
import pytest
import roma
import torch
from scipy.linalg import orthogonal_procrustes
from scipy.spatial.distance import cdist

from mmarts.evaluation import (AlignedVertexError, JointError, VertexError,
                               f_score)
from mmarts.structures import BodyParams


@pytest.fixture
def samples(toy_body, cut, make_poses):
    """Windows of a track with the parameters of two bodies."""
    samples = cut(
        make_poses(20),
        make_poses(20, seed=1),
        body_model_id=toy_body.body_model_id)
    tracks = {
        p: random_params(toy_body, 20, seed)
        for seed, p in enumerate(('', 'pred_'))
    }
    for sample in samples:
        at = sample.frame_index
        for prefix, params in tracks.items():
            for key in ('global_orient', 'body_pose', 'betas'):
                sample.set_field(getattr(params, key)[at], prefix + key)
        for key in ('global_orient', 'body_pose', 'betas'):
            sample.set_field(
                torch.ones(len(at), dtype=torch.bool), f'{key}_valid')
    return samples, tracks


def random_params(body, count, seed):
    rng = torch.Generator().manual_seed(seed)
    turns = roma.rotvec_to_rotmat(
        torch.randn(count, body.num_joints, 3, generator=rng).double())
    betas = torch.randn(count, body.num_betas, generator=rng).double()
    return BodyParams(turns[:, :1], turns[:, 1:], betas)


def expected_mpvpe(body, pred, target):
    """Every frame by itself, mm."""
    pelvis = body.regressor('h36m17')[:1]
    pred, target = (v - pelvis @ v for v in (pred, target))
    return (pred - target).norm(dim=-1).mean(-1) * 1000


def test_mpvpe_from_parameters(toy_body, samples, run):
    samples, tracks = samples
    metric = VertexError(toy_body)
    value = run(metric, samples)['vertices/mpvpe']
    expected = expected_mpvpe(toy_body, toy_body.vertices(tracks['pred_']),
                              toy_body.vertices(tracks['']))
    assert value == pytest.approx(expected.mean().item(), rel=1e-6)
    assert metric.protocol['root'] == 'Pelvis'
    assert metric.protocol['sources'] == {
        'pred body_params, target body_params': len(samples)
    }


def test_vertices_come_first_and_are_not_kept(toy_body, samples, run):
    samples, tracks = samples
    mesh = toy_body.vertices(
        tracks['pred_']) + 0.01 * torch.randn(20, toy_body.num_vertices, 3)
    for sample in samples:
        sample.pred_vertices = mesh[sample.frame_index] + torch.randn(3)
    metric = VertexError(toy_body)
    metric.process(None, [s.to_dict() for s in samples])
    assert all(a.size == 16 for e in metric.results for a in e.arrays.values())
    expected = expected_mpvpe(toy_body, mesh, toy_body.vertices(tracks['']))
    assert run(VertexError(toy_body),
               samples)['vertices/mpvpe'] == pytest.approx(
                   expected.mean().item(), rel=1e-6)


def test_invalid_frames_are_not_scored(toy_body, samples, run):
    samples, tracks = samples
    for sample in samples:
        sample.body_pose_valid[sample.frame_index >= 12] = False
        sample.body_pose[sample.frame_index >= 12] = torch.nan
    metric = VertexError(toy_body)
    value = run(metric, samples)['vertices/mpvpe']
    expected = expected_mpvpe(toy_body, toy_body.vertices(tracks['pred_']),
                              toy_body.vertices(tracks['']))[:12]
    assert metric.protocol['frames_scored'] == dict(mpvpe=12)
    assert value == pytest.approx(expected.mean().item(), rel=1e-6)


@pytest.mark.robustness
def test_no_valid_mesh_is_nan(toy_body, samples, run, logged):
    samples, _ = samples
    for sample in samples:
        sample.betas_valid[:] = False
    assert math.isnan(run(VertexError(toy_body), samples)['vertices/mpvpe'])
    assert any('no frame could be scored' in text for _, text in logged)


@pytest.mark.robustness
def test_only_the_nearest_window(toy_body):
    with pytest.raises(ValueError, match='nearest-mid.*"mean"'):
        VertexError(toy_body, merge='mean')


@pytest.mark.robustness
def test_another_body_is_refused(toy_body, samples, run):
    samples, _ = samples
    samples[0].set_metainfo(dict(body_model_id='smpl-12345678'))
    for metric in (VertexError(toy_body), JointError(body_model=toy_body)):
        with pytest.raises(ValueError, match='smpl-12345678'):
            run(metric, samples)


def test_body_is_built_from_its_config_once(toy_file, toy_body, samples, run):
    samples, _ = samples
    metric = VertexError(dict(type='SMPL', model_path=toy_file))
    first = run(metric, samples)
    built = metric.bodies_for([]).main
    assert run(metric, samples) == first
    assert metric.bodies_for([]).main is built


def as_freihand(pred, target):
    """One mesh after its dataset's own formulas: mm, F at 5 and 15 mm."""
    own, wanted = (x - x.mean(0) for x in (pred, target))
    scale = np.linalg.norm(wanted)
    turn, size = orthogonal_procrustes(wanted / scale,
                                       own / np.linalg.norm(own))
    aligned = own / np.linalg.norm(own) @ turn.T * size * scale
    error = 1000 * np.linalg.norm(aligned - wanted, axis=1).mean()
    distance = cdist(aligned, wanted)
    scores = []
    for threshold in (0.005, 0.015):
        shares = [(distance.min(axis) < threshold).mean() for axis in (0, 1)]
        scores.append(2 * np.prod(shares) / max(sum(shares), 1e-9))
    return [error, *scores]


def hand_samples(cut, make_poses, count=4, mirrored=False):
    """Windows of 4 frames with meshes and joints, no body."""
    rng = torch.Generator().manual_seed(3)
    target = 0.05 * torch.randn(count, 200, 3, generator=rng)
    noise = 0.01 * torch.randn(target.shape, generator=rng)
    pred = 1.3 * (target + noise) @ roma.rotvec_to_rotmat(
        torch.tensor([0.4, -1., 0.6])) + 0.2
    if mirrored:
        pred = pred * torch.tensor([-1., 1, 1])
    joints = make_poses(count, 21)
    samples = cut(joints, joints, length=count, joint_set='freihand21')
    for sample in samples:
        at = sample.frame_index
        sample.set_target('vertices', target[at])
        sample.set_field(pred[at], 'pred_vertices')
    return samples, pred, target


@pytest.mark.parametrize('mirrored', [False, True])
def test_aligned_meshes_are_measured_as_freihand_does(cut, make_poses, run,
                                                      mirrored):
    samples, pred, target = hand_samples(cut, make_poses, mirrored=mirrored)
    values = run(AlignedVertexError(protocol='freihand'), samples)
    expected = np.mean([
        as_freihand(*pair) for pair in zip(pred.double().numpy(),
                                           target.double().numpy())
    ], 0)
    names = [f'vertices/{n}' for n in AlignedVertexError.defined_by]
    assert list(values) == names
    np.testing.assert_allclose(list(values.values()), expected, rtol=1e-5)
    assert 0.05 < values['vertices/f_score_5'] < 0.6
    assert values['vertices/f_score_15'] > 0.5
    # Our own way turns and never mirrors.
    plain = run(AlignedVertexError(), samples)
    assert (plain['vertices/pa_mpvpe'] > 20) == mirrored


def test_joints_of_a_protocol_that_mirrors_are_aligned_likewise(
        cut, make_poses, run):
    target = make_poses(5, 21)
    samples = cut(
        target * torch.tensor([-1., 1, 1]),
        target,
        length=5,
        joint_set='freihand21')
    value = run(JointError(protocol='freihand'), samples)
    assert list(value) == ['joints3d/pa_mpjpe']
    assert value['joints3d/pa_mpjpe'] < 1e-3


def test_f_score_counts_both_ways():
    line = np.stack([np.arange(10.), np.zeros(10), np.zeros(10)], 1)
    assert f_score(line, line, 0.1) == 1
    # Three of five have a neighbour, three of ten are one.
    few = np.concatenate([line[:3], line[:2] + (0, 2, 0)])
    assert f_score(few, line, 0.1) == pytest.approx(2 * .6 * .3 / .9)
    assert f_score(line, few, 0.1) == f_score(few, line, 0.1)
    # Nearer than the threshold, not at it.
    assert f_score(line + (0, 1, 0), line, 1.) == 0
    assert f_score(line + (0, 1, 0), line, 1.001) == 1
    assert math.isnan(f_score(line * math.nan, line, 1.))
