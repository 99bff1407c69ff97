# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import roma
import torch

from mmarts.datasets.motion.pose_sampler import POSES, PoseSampler
from mmarts.datasets.random_draws import Draws
from mmarts.structures import BodyParams, get_joint_set

SMPL24 = get_joint_set('smpl24')
KINDS = list(POSES)


def joints_of(free_body, quats):
    turns = roma.unitquat_to_rotmat(quats)
    return free_body.joints(
        BodyParams(turns[:, :1], turns[:, 1:], torch.zeros(len(quats), 10)))


@pytest.fixture(scope='module')
def poses(free_body):
    """Kind -> joints ``(N, 24, 3)`` of many drawn poses, y up."""
    sampler = PoseSampler()
    draws = Draws([(3, i) for i in range(600)])
    kind = (Draws([(3, i) for i in range(600)]).uniform() * len(KINDS)).long()
    quats, _ = sampler._pose(draws)
    return {
        name: joints_of(free_body, quats[kind == i])
        for i, name in enumerate(KINDS)
    }


def place(joints, name):
    return joints[:, SMPL24.index(name)[0]]


def test_there_are_all_kinds(poses):
    assert all(len(joints) > 60 for joints in poses.values())


@pytest.mark.parametrize('side', ['left', 'right'])
def test_who_sits_has_the_knees_in_front_and_the_feet_below(poses, side):
    joints = poses['sitting']
    hip, knee, ankle = (
        place(joints, f'{side}_{n}') for n in ('hip', 'knee', 'ankle'))
    assert (knee[:, 2] - hip[:, 2] > 0.2).all()
    assert (knee[:, 1] - hip[:, 1]).abs().max() < 0.3
    assert (ankle[:, 1] < knee[:, 1] - 0.1).all()


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('side', ['left', 'right'])
def test_knees_bend_backwards_only(poses, kind, side):
    joints = poses[kind]
    hip, knee, ankle = (
        place(joints, f'{side}_{n}') for n in ('hip', 'knee', 'ankle'))
    thigh, shank = knee - hip, ankle - knee
    across = place(joints, 'left_hip') - place(joints, 'right_hip')
    # Thigh x shank points to the body's left where the heel goes back.
    bend = (torch.linalg.cross(thigh, shank) * across).sum(-1)
    assert (bend > -1e-3).float().mean() > 0.97


def test_who_lies_is_flat(poses):
    joints = poses['lying']
    height = place(joints, 'neck')[:, 1] - place(joints, 'pelvis')[:, 1]
    assert height.abs().max() < 0.3
    standing = poses['reaching']
    height = place(standing, 'neck')[:, 1] - place(standing, 'pelvis')[:, 1]
    assert (height > 0.3).all()


def test_half_of_those_who_lie_are_prone(poses):
    joints = poses['lying']
    across = place(joints, 'left_hip') - place(joints, 'right_hip')
    spine = place(joints, 'neck') - place(joints, 'pelvis')
    front = torch.linalg.cross(across, spine)
    assert (front[:, 1] > 0).float().mean() == pytest.approx(0.5, abs=0.2)


def test_both_sides_do_the_same_kind_of_thing(poses):
    """The right side draws from the left side's mirror image."""
    for joints in poses.values():
        reach = [(place(joints, f'{s}_wrist') - place(joints, f'{s}_shoulder'))
                 for s in ('left', 'right')]
        mirror = torch.tensor([-1., 1., 1.])
        # The same distribution: means of 100 differ by centimetres.
        torch.testing.assert_close(
            reach[0].mean(0), reach[1].mean(0) * mirror, atol=0.12, rtol=0)


def test_paths_are_smooth_and_end_in_rest():
    fps = 30.
    quats, root = PoseSampler((0.5, 2.0))(Draws([(1, i) for i in range(50)]),
                                          90, fps)
    turns = roma.unitquat_to_rotmat(quats)
    step = roma.rotmat_to_rotvec(turns[:, :-1].mT @ turns[:, 1:]).norm(dim=-1)
    # No joint turns faster than 25 rad/s, none jumps from frame to frame.
    assert step.max() * fps < 25
    assert (step[:, 1:] - step[:, :-1]).abs().max() * fps < 6
    # Three seconds hold every path whole that began inside the window.
    assert step[:, -1].max() < 1e-3
    assert (root[..., [0, 2]] == 0).all() and (root[..., 1] > 0).all()
