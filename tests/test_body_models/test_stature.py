# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import copy

import pytest
import torch

from mmarts.body_models.stature import relative_bones, stature, with_stature
from mmarts.structures import BodyParams


def test_stature_is_that_of_the_mesh_at_rest(free_body):
    betas = torch.randn(3, free_body.num_betas)
    turns = torch.eye(3).expand(3, free_body.num_joints, 3, 3)
    mesh = free_body.vertices(BodyParams(turns[:, :1], turns[:, 1:], betas))
    up = mesh[..., 1]
    torch.testing.assert_close(
        stature(free_body, betas),
        up.amax(-1) - up.amin(-1))


@pytest.mark.parametrize('height', [1.5, 1.9])
def test_the_nearest_shape_of_a_stature(free_body, height):
    betas = torch.randn(4, free_body.num_betas)
    found = with_stature(free_body, betas, height)
    wanted = torch.full((4, ), height)
    torch.testing.assert_close(
        stature(free_body, found), wanted, atol=2e-5, rtol=0)
    # Nothing is nearer by more than what other extreme vertices make.
    change = found - betas
    steps = 0.05 * torch.randn(200, *betas.shape)
    others = with_stature(free_body, found + steps, height)
    longer = (others - betas).norm(dim=-1) - change.norm(dim=-1)
    assert longer.min() > -0.02


def test_a_stature_that_is_there_changes_nothing(free_body):
    betas = torch.randn(free_body.num_betas)
    height = stature(free_body, betas).item()
    torch.testing.assert_close(
        with_stature(free_body, betas, height), betas, atol=1e-4, rtol=0)


def test_bones_over_the_stature_have_no_scale(free_body):
    betas = torch.randn(2, free_body.num_betas)
    joints = free_body.rest_joints(betas)
    shin = (joints[:, 4] - joints[:, 7]).norm(dim=-1)
    bones = relative_bones(free_body, betas)
    assert bones.shape == (2, free_body.num_joints - 1)
    torch.testing.assert_close(bones[:, 6], shin / stature(free_body, betas))


@pytest.mark.robustness
def test_a_body_without_shapes_says_so(toy_body):
    body = copy.deepcopy(toy_body)
    body.shapedirs.zero_()
    with pytest.raises(ValueError, match='stands 9 m tall'):
        with_stature(body, torch.zeros(body.num_betas).double(), 9)
