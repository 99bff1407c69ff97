# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mmarts.datasets.converters.mocap.repair import (LIMITS, repair_joint,
                                                     twist_angle)

AXIS = np.array([1., 0., 0.])
FPS = 60.


def waving(count=120):
    """A hand that moves all the time, within its limits."""
    angle = np.sin(np.arange(count) / 12)
    return Rotation.from_rotvec(
        np.stack([0.4 * angle, 0.9 * angle, 0.3 * angle], 1))


def test_what_is_possible_stays():
    hand = waving()
    found, bad = repair_joint(hand, AXIS, LIMITS['wrist'], FPS)
    assert not bad.any() and found is hand


@pytest.mark.parametrize('turn', [(0, np.pi, 0), (3.0, 0, 0), (0, 0, 1.2)])
def test_a_hand_that_turns_over_is_filled_in(turn):
    hand = waving()
    broken = hand[:]
    broken[60] = hand[60] * Rotation.from_rotvec(turn)
    found, bad = repair_joint(broken, AXIS, LIMITS['wrist'], FPS)
    assert bad[60] and bad.sum() < 12
    error = (found.inv() * hand).magnitude()
    assert error.max() < 0.1
    assert error[~bad].max() < 1e-9


def test_a_rolled_foot_keeps_its_direction():
    foot = waving()
    rolled = Rotation.from_rotvec(foot.as_rotvec() * [0, 0.5, 0.5])
    straight = rolled.apply(AXIS)
    rolled = rolled * Rotation.from_rotvec(3. * AXIS)
    found, bad = repair_joint(rolled, AXIS, LIMITS['ankle'], FPS)
    assert bad.all()
    np.testing.assert_allclose(found.apply(AXIS), straight, atol=1e-9)
    assert np.abs(twist_angle(found, AXIS)).max() < 1e-9


def test_a_joint_without_a_good_frame_rests():
    over = Rotation.from_rotvec([[0, 3., 0]] * 9)
    found, bad = repair_joint(over, AXIS, LIMITS['wrist'], FPS)
    assert bad.all() and found.magnitude().max() < 1e-9


@pytest.mark.robustness
def test_one_frame_is_a_clip():
    found, bad = repair_joint(waving(1), AXIS, LIMITS['foot'], FPS)
    assert len(found) == 1 and not bad.any()
