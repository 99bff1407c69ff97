# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mmarts.datasets.converters.mocap.base import SourceMotion
from mmarts.datasets.converters.mocap.check import target_body
from mmarts.datasets.converters.mocap.retarget import (LIMBS, SMPL,
                                                       bind_rotations,
                                                       retarget, root_path,
                                                       share_forearm_twist)


def odd_source(frames=7, seed=0):
    """A skeleton with other proportions and a straddling rest pose."""
    rng = np.random.default_rng(seed)
    rest = {n: p.copy() for n, p in target_body().rest.items()}
    straddle = {'left': 0.3, 'right': -0.4}
    for side, angle in straddle.items():
        hip = rest[f'{side}_hip']
        turn = Rotation.from_rotvec([0.1, 0, angle])
        for part in ('knee', 'ankle', 'foot'):
            rest[f'{side}_{part}'] = hip + 1.3 * turn.apply(
                rest[f'{side}_{part}'] - hip)
    turns = {
        n: Rotation.from_rotvec(rng.normal(0, 0.2, (frames, 3)))
        for n in SMPL.joints
    }
    # Each segment carries its own end: kinematics by hand.
    joints = {'pelvis': rng.normal(size=(frames, 3))}
    for parent, child in SMPL.bones:
        joints[child] = joints[parent] + turns[parent].apply(rest[child] -
                                                             rest[parent])
    return SourceMotion(1000., turns, joints, rest)


def test_limbs_agree_whatever_the_rest_pose():
    source, body = odd_source(), target_body()
    joints = body.joints(*retarget(source, body.rest))
    index = {n: i for i, n in enumerate(SMPL.joints)}
    for start, end in LIMBS:
        one = joints[:, index[end]] - joints[:, index[start]]
        other = source.joints[end] - source.joints[start]
        cosine = (one * other).sum(-1) / np.linalg.norm(
            one, axis=-1) / np.linalg.norm(
                other, axis=-1)
        assert cosine.min() > 1 - 1e-9, start


def test_bindings_are_the_smallest_turns():
    source, rest = odd_source(), target_body().rest
    bind = bind_rotations(source, rest)
    for start, end in LIMBS:
        one = rest[end] - rest[start]
        other = source.rest_joints[end] - source.rest_joints[start]
        angle = np.arctan2(np.linalg.norm(np.cross(one, other)), one @ other)
        assert bind[start].magnitude() == pytest.approx(angle, abs=1e-6)


def test_feet_stay_flat_and_take_the_heading():
    source, rest = odd_source(), target_body().rest
    bind = bind_rotations(source, rest)
    for side in ('left', 'right'):
        ankle, foot = f'{side}_ankle', f'{side}_foot'
        np.testing.assert_allclose(
            bind[ankle].apply([0, 1, 0]), [0, 1, 0], atol=1e-9)
        one = bind[ankle].apply(rest[foot] - rest[ankle])
        other = source.rest_joints[foot] - source.rest_joints[ankle]
        assert np.arctan2(one[0], one[2]) == pytest.approx(
            np.arctan2(other[0], other[2]))


def test_the_path_is_scaled_by_the_legs():
    source, rest = odd_source(), target_body().rest
    level = Rotation.identity(7)
    path = root_path(source, level, rest)
    hips = (source.joints['left_hip'] + source.joints['right_hip']) / 2
    np.testing.assert_allclose(
        np.diff(path, axis=0),
        np.diff(hips, axis=0) / 1.3)


def test_half_of_the_hands_twist_goes_to_the_elbow():
    rest = target_body().rest
    axis = rest['left_wrist'] - rest['left_elbow']
    axis /= np.linalg.norm(axis)
    # A full turn and back: half of it must not jump.
    angle = 3.5 * np.sin(np.linspace(0, 6, 200))[:, None]
    bend = Rotation.from_rotvec([0, -0.7, 0])
    local = {
        'left_elbow': Rotation.from_rotvec([[0, -1., 0]] * 200),
        'left_wrist': bend * Rotation.from_rotvec(angle * axis)
    }
    hand = local['left_elbow'] * local['left_wrist']
    share_forearm_twist(local, 'left', rest)
    found = local['left_elbow'] * local['left_wrist']
    assert (found.inv() * hand).magnitude().max() < 1e-9
    steps = (local['left_elbow'][:-1].inv() * local['left_elbow'][1:])
    np.testing.assert_allclose(
        steps.magnitude(), np.abs(np.diff(angle[:, 0])) / 2, atol=1e-9)
