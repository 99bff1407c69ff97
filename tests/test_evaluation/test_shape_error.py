# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import torch

from mmarts.evaluation import ShapeError
from mmarts.structures import BodyParams


@pytest.fixture
def track(cut, make_poses):
    """Windows whose bodies have these shapes at all frames."""

    def make(pred, target, valid=None):
        samples = cut(make_poses(20), make_poses(20, seed=1))
        for sample in samples:
            frames = len(sample.frame_index)
            sample.pred_betas = pred.expand(frames, -1)
            sample.betas = target.expand(frames, -1)
            sample.betas_valid = torch.ones(frames, dtype=torch.bool)
            if valid is not None:
                sample.betas_valid = valid[sample.frame_index]
        return samples

    return make


def rest_mesh(body, betas):
    """Vertices ``(V, 3)`` of the unposed body, root at the origin."""
    turns = torch.eye(3, dtype=betas.dtype).expand(body.num_joints, 3, 3)
    params = BodyParams(turns[:1], turns[1:], betas)
    return body.vertices(params) - body.joints(params)[0]


def test_it_is_the_distance_of_unposed_meshes(toy_body, track, run):
    pred, target = torch.randn(2, toy_body.num_betas).double()
    value = run(ShapeError(toy_body), track(pred, target))['shape/pve_t']
    distance = rest_mesh(toy_body, pred) - rest_mesh(toy_body, target)
    expected = 1000 * distance.norm(dim=-1).mean().item()
    assert value == pytest.approx(expected, rel=1e-6)


def test_the_same_shape_has_no_error(toy_body, track, run):
    betas = torch.randn(toy_body.num_betas).double()
    values = run(ShapeError(toy_body), track(betas, betas))
    assert set(values.values()) == {0.}


def test_stature_and_proportions(toy_body, track, run):
    pred, target = torch.randn(2, toy_body.num_betas).double()
    values = run(ShapeError(toy_body), track(pred, target))
    heights = [rest_mesh(toy_body, b)[:, 1] for b in (pred, target)]
    tall, right = (h.max() - h.min() for h in heights)
    assert values['shape/stature'] == pytest.approx(
        1000 * (tall - right).abs().item(), rel=1e-5)
    joints = [toy_body.rest_joints(b) for b in (pred, target)]
    parents = list(toy_body.parents[1:])
    ours, true = ((j[1:] - j[parents]).norm(dim=-1) for j in joints)
    wanted = (ours / tall / (true / right) - 1).abs().mean().item()
    assert values['shape/relative_bones'] == pytest.approx(
        100 * wanted, rel=1e-5)


def test_frames_without_a_target_are_not_scored(toy_body, track, run):
    betas = torch.randn(toy_body.num_betas).double()
    metric = ShapeError(toy_body)
    run(metric, track(betas, 2 * betas, valid=torch.arange(20) < 5))
    assert metric.protocol['frames_scored'] == dict(
        pve_t=5, stature=5, relative_bones=5)


@pytest.mark.robustness
def test_samples_without_shapes_are_one_clear_line(toy_body, cut, make_poses,
                                                   run):
    with pytest.raises(ValueError, match='pred_betas'):
        run(ShapeError(toy_body), cut(make_poses(20), make_poses(20)))
