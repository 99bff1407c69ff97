# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import torch

from mmarts.geometry.boxes import window_box
from mmarts.geometry.camera import (intrinsics, project, solve_translation,
                                    solve_weak_camera, weak_to_translation)


@pytest.fixture
def K():
    return intrinsics(
        torch.tensor(1500.).double(),
        torch.tensor([1920., 1080.]).double())


def test_projection_by_hand(K):
    point = torch.tensor([[0.4, -0.2, 2.]]).double()
    expected = torch.tensor([[960 + 1500 * 0.2, 540 - 1500 * 0.1]]).double()
    torch.testing.assert_close(project(point, K), expected)


def test_solver_finds_the_place_it_was_projected_from(K):
    joints = torch.randn(6, 4, 19, 3).double() * 0.4
    transl = torch.randn(6, 4, 3).double() + torch.tensor([0., 0., 5.])
    seen = project(joints + transl[..., None, :], K)
    weights = torch.rand(6, 4, 19).double() + 0.1
    torch.testing.assert_close(
        solve_translation(joints, seen, weights, K), transl, atol=1e-4, rtol=0)


def test_solver_leaves_out_joints_without_weight(K):
    joints = torch.randn(19, 3).double() * 0.4
    transl = torch.tensor([0.3, -0.1, 4.]).double()
    seen = project(joints + transl, K)
    seen[3] += 500
    weights = torch.ones(19).double()
    weights[3] = 0
    torch.testing.assert_close(
        solve_translation(joints, seen, weights, K), transl, atol=1e-4, rtol=0)


def test_solver_without_any_keypoint_is_finite(K):
    joints = torch.randn(2, 19, 3).double()
    out = solve_translation(joints,
                            torch.zeros(2, 19, 2).double(),
                            torch.zeros(2, 19).double(), K)
    torch.testing.assert_close(
        out,
        torch.tensor([0., 0., 5.]).double().expand(2, 3))


def test_a_skeleton_upside_down_stays_in_front_of_the_camera(K):
    joints = torch.randn(50, 19, 3).double() * 0.4
    place = torch.tensor([0.2, 0.1, 4.]).double()
    seen = project(joints + place, K)
    wrong = joints * torch.tensor([-1., -1., 1.]).double()
    out = solve_translation(wrong, seen, torch.ones(50, 19).double(), K)
    assert (out[:, 2] > 2).all() and (out[:, 2] < 8).all()


def test_scaling_picture_and_camera_changes_nothing(K):
    joints = torch.randn(19, 3).double() * 0.4
    seen = project(joints + torch.tensor([0., 0., 3.]).double(), K)
    seen = seen + torch.randn_like(seen)
    half = K.clone()
    half[:2] /= 2
    weights = torch.ones(19).double()
    torch.testing.assert_close(
        solve_translation(joints, seen, weights, K),
        solve_translation(joints, seen / 2, weights, half))


def test_weak_camera_agrees_with_the_full_one_for_a_flat_body(K):
    joints = torch.randn(19, 3).double() * 0.3
    joints[:, 2] = 0
    centre, size = torch.tensor([700., 300.]).double(), torch.tensor(400.)
    cam = torch.tensor([0.9, 0.05, -0.1]).double()
    transl = weak_to_translation(cam, centre, size.double(), K)
    crop = (project(joints + transl, K) - centre) / (size / 2)
    torch.testing.assert_close(crop, cam[0] * (joints[:, :2] + cam[1:]))


def test_window_box_holds_all_valid_points():
    points = torch.rand(3, 16, 19, 2) * 500
    valid = torch.rand(3, 16, 19) > 0.2
    centre, size = window_box(points, valid, margin=1.0)
    offset = (points - centre[:, None, None]).abs()
    inside = (offset <= size[:, None, None, None] / 2 + 1e-3).all(-1)
    assert inside[valid].all()
    shifted, same = window_box(points + 7, valid, margin=1.0)
    torch.testing.assert_close(shifted, centre + 7)
    torch.testing.assert_close(same, size)


def test_the_weak_camera_of_a_projection_is_found():
    joints = torch.randn(3, 14, 3).double()
    cam = torch.tensor([[0.8, 0.1, -0.3], [1.2, 0., 0.], [0.5, 2.,
                                                          1.]]).double()
    seen = cam[:, None, :1] * (joints[..., :2] + cam[:, None, 1:])
    weights = torch.rand(3, 14) > 0.3
    seen[~weights] = float('nan')
    torch.testing.assert_close(solve_weak_camera(joints, seen, weights), cam)
    assert solve_weak_camera(joints, seen, weights & False).isfinite().all()
