# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import torch

from mmarts.geometry.motion import acceleration, smooth_points, velocity


def test_constant_acceleration_is_exact():
    time = torch.arange(9).double()[:, None, None]
    start, speed, pull = torch.randn(3, 4, 3, dtype=torch.float64)
    points = start + speed * time + 0.5 * pull * time**2
    torch.testing.assert_close(acceleration(points), pull.expand(7, 4, 3))
    # The difference over [t, t+1] is the speed half-way.
    middle = speed + pull * (time[:-1] + 0.5)
    torch.testing.assert_close(velocity(points), middle)


@pytest.mark.parametrize('length', [1, 2, 3, 5])
def test_no_padding(length):
    points = torch.randn(length, 14, 3)
    assert len(velocity(points)) == max(length - 1, 0)
    assert len(acceleration(points)) == max(length - 2, 0)


def test_time_reversal():
    points = torch.randn(6, 14, 3)
    torch.testing.assert_close(
        velocity(points.flip(0)), -velocity(points).flip(0))
    torch.testing.assert_close(
        acceleration(points.flip(0)),
        acceleration(points).flip(0))


def test_smoothing_leaves_even_motion_and_calms_noise():
    torch.manual_seed(0)
    start, speed = torch.randn(2, 4, 3)
    even = start + speed * torch.arange(40.)[:, None, None]
    # Up to both ends.
    torch.testing.assert_close(smooth_points(even, 3.), even)
    noisy = even + torch.randn(40, 4, 3)
    smooth = smooth_points(noisy, 3.)
    # Independent errors: a mean of 2 sqrt(pi) std frames.
    before, after = ((x - even).square().mean() for x in (noisy, smooth))
    assert after < before / 5
    assert smooth_points(noisy, 0.) is noisy
    for few in (1, 2):  # a line goes through them
        torch.testing.assert_close(smooth_points(noisy[:few], 3.), noisy[:few])


def test_smoothing_commutes_with_time_reversal_and_moves():
    points, move = torch.randn(20, 3), torch.randn(3)
    smooth = smooth_points(points, 1.5)
    torch.testing.assert_close(
        smooth_points(points.flip(0), 1.5).flip(0), smooth)
    torch.testing.assert_close(
        smooth_points(points + move, 1.5), smooth + move)
