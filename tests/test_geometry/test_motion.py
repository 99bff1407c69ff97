# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import torch

from mmarts.geometry.motion import acceleration, velocity


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
