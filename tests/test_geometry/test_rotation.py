# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import math

import pytest
import roma
import torch

from mmarts.geometry.rotation import (identity_rot6d, rot6d_to_rotmat,
                                      rotmat_to_rot6d, shortest_rotation,
                                      slerp_rotmat, smooth_rotmat, swing_twist)


def test_rot6d_round_trip():
    rotmat = roma.random_rotmat((4, 5), dtype=torch.float64)
    torch.testing.assert_close(
        rot6d_to_rotmat(rotmat_to_rot6d(rotmat)), rotmat)


def test_rot6d_layout_is_columns_row_by_row():
    rotmat = roma.random_rotmat()
    a, b = rotmat[:, 0], rotmat[:, 1]
    expected = torch.stack([a[0], b[0], a[1], b[1], a[2], b[2]])
    torch.testing.assert_close(rotmat_to_rot6d(rotmat), expected)
    torch.testing.assert_close(
        rot6d_to_rotmat(identity_rot6d(2)),
        torch.eye(3).expand(2, 3, 3))


def test_rot6d_ignores_scale():
    rot6d = torch.randn(7, 6, dtype=torch.float64)
    rotmat = rot6d_to_rotmat(rot6d)
    torch.testing.assert_close(rot6d_to_rotmat(3 * rot6d), rotmat)
    torch.testing.assert_close(rotmat @ rotmat.mT,
                               torch.eye(3).double().expand(7, 3, 3))
    torch.testing.assert_close(rotmat.det(), torch.ones(7).double())


def test_rot6d_gradient():
    rot6d = torch.randn(3, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(rot6d_to_rotmat, rot6d)


def test_slerp_turns_at_constant_speed():
    axis = torch.tensor([0., 0., 1.], dtype=torch.float64)
    times = torch.tensor([0., 0.5, 2.], dtype=torch.float64)
    track = roma.rotvec_to_rotmat(times[:, None] * axis)
    new = torch.linspace(0, 2, 9, dtype=torch.float64)
    expected = roma.rotvec_to_rotmat(new[:, None] * axis)
    torch.testing.assert_close(slerp_rotmat(track, times, new), expected)


def test_slerp_holds_ends_and_stills():
    track = roma.random_rotmat((2, 3), dtype=torch.float64)
    times = torch.tensor([0., 1.], dtype=torch.float64)
    out = slerp_rotmat(track, times, torch.tensor([-1., 5.]).double())
    torch.testing.assert_close(out, track)
    still = slerp_rotmat(track[:1], times[:1], times)
    torch.testing.assert_close(still, track[:1].expand(2, 3, 3, 3))


def test_swing_and_twist_multiply_back():
    rotmat = roma.random_rotmat(50, dtype=torch.float64)
    axis = torch.nn.functional.normalize(torch.randn(50, 3).double(), dim=-1)
    swing, twist = swing_twist(rotmat, axis)
    torch.testing.assert_close(swing @ twist, rotmat)
    torch.testing.assert_close((twist @ axis[..., None])[..., 0], axis)
    # Nothing shorter takes the axis there.
    angle = (axis * (rotmat @ axis[..., None])[..., 0]).sum(-1).acos()
    torch.testing.assert_close(
        roma.rotmat_to_rotvec(swing).norm(dim=-1), angle)


@pytest.mark.parametrize('source', torch.eye(3).double().unbind())
def test_shortest_rotation_of_opposites_is_a_half_turn(source):
    turn = shortest_rotation(source, -source)
    torch.testing.assert_close(turn @ source, -source)
    assert roma.rotmat_to_rotvec(turn).norm() == pytest.approx(math.pi)


def test_smoothing_leaves_even_turns_and_calms_noise():
    torch.manual_seed(0)
    axis = torch.nn.functional.normalize(torch.randn(5, 3), dim=-1)
    angle = 0.05 * torch.arange(40.)
    even = roma.rotvec_to_rotmat(angle[:, None, None] * axis)
    inside = slice(6, -6)  # the ends are held
    torch.testing.assert_close(
        smooth_rotmat(even, 2.)[inside], even[inside], atol=1e-5, rtol=0)
    noise = roma.rotvec_to_rotmat(0.05 * torch.randn(40, 5, 3))
    before, after = (
        roma.rotmat_geodesic_distance(turns, even)[inside].mean()
        for turns in (even @ noise, smooth_rotmat(even @ noise, 2.)))
    # Independent errors: a mean of 2 sqrt(pi) std frames.
    assert after < 0.5 * before
    assert smooth_rotmat(even, 0.) is even
    assert torch.equal(smooth_rotmat(even[:1], 2.), even[:1])


def test_smoothing_commutes_with_a_turn_of_the_world():
    torch.manual_seed(0)
    turns, world = roma.random_rotmat((20, 3)), roma.random_rotmat()
    torch.testing.assert_close(
        smooth_rotmat(world @ turns, 1.5),
        world @ smooth_rotmat(turns, 1.5),
        atol=1e-4,
        rtol=0)
