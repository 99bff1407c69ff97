# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import roma
import torch

from mmarts.datasets.motion.motion_bank import (SPLICED_PARTS, MotionBank,
                                                canonical, mirrored)
from mmarts.datasets.motion.motion_clips import MotionClip
from mmarts.datasets.motion.motion_variety import MotionVariety
from mmarts.datasets.random_draws import Draws
from mmarts.structures import BodyParams, get_joint_set

SMPL24 = get_joint_set('smpl24')
T = 8


def make_clip(name, frames, seed):
    generator = torch.Generator().manual_seed(seed)
    axis = torch.randn(24, 3, generator=generator)
    axis = axis / axis.norm(dim=-1, keepdim=True)
    angle = torch.linspace(-0.8, 0.8, frames)[:, None, None]
    path = torch.arange(frames)[:, None] * torch.tensor([0.01, 0., 0.02])
    return MotionClip(name, roma.rotvec_to_rotmat(angle * axis), path, 30.)


@pytest.fixture(scope='module')
def clips():
    return [make_clip('long', 90, 0), make_clip('short', 10, 1)]


@pytest.fixture
def bank(clips):
    return MotionBank(clips)


def draws(count=64, seed=0):
    return Draws([(seed, i) for i in range(count)])


def test_streams_do_not_know_of_each_other():
    together = Draws([(5, 0), (5, 1), (5, 2)])
    alone = Draws([(5, 1)])
    for shape in ((), (3, ), (100, ), (2, 2), (60, ), (1, )):
        a, b = together.uniform(*shape), alone.uniform(*shape)
        assert torch.equal(a[1], b[0]) and a.shape == (3, *shape)
        assert torch.equal(together.normal(4)[1], alone.normal(4)[0])


def test_draws_have_their_distributions():
    source = draws(4000)
    even, normal = source.uniform(5), source.normal(5)
    assert even.min() >= 0 and even.max() < 1
    assert even.mean() == pytest.approx(0.5, abs=0.01)
    assert normal.mean() == pytest.approx(0, abs=0.03)
    assert normal.std() == pytest.approx(1, abs=0.02)
    assert source.chance(0.2, 5).float().mean() == pytest.approx(0.2, abs=0.02)
    # Numbers of one stream are not those of the next.
    assert abs(torch.corrcoef(even.T).triu(1)).max() < 0.1


def test_frames_come_back_as_they_went_in(bank, clips):
    rows = torch.arange(len(clips[0])).double()
    quats = bank.quats_at(rows[None, :, None].expand(1, -1, 24))[0]
    torch.testing.assert_close(
        roma.unitquat_to_rotmat(quats), clips[0].rotmats, atol=1e-5, rtol=0)
    torch.testing.assert_close(bank.root_at(rows[None])[0], clips[0].root)


def test_between_frames_a_steady_turn_is_steady(bank, clips):
    # Each joint turns about one axis at a steady rate.
    rows = torch.full((1, 1, 24), 40.25, dtype=torch.float64)
    quats = bank.quats_at(rows)[0, 0]
    start, end = clips[0].rotmats[40], clips[0].rotmats[41]
    step = 0.25 * roma.rotmat_to_rotvec(start.mT @ end)
    torch.testing.assert_close(
        roma.unitquat_to_rotmat(quats),
        start @ roma.rotvec_to_rotmat(step),
        atol=1e-5,
        rtol=0)


@pytest.mark.parametrize('speed', [0.5, 1.0, 1.7])
def test_windows_stay_in_their_clip_and_keep_their_speed(bank, clips, speed):
    clip, rows = bank.draw(draws(500), T, torch.full((500, ), speed))
    first = bank.first[clip][:, None]
    assert (rows >= first).all()
    assert (rows <= first + bank.length[clip][:, None] - 1 + 1e-4).all()
    long = clip == 0
    step = (rows[:, 1:] - rows[:, :-1])[long]
    torch.testing.assert_close(step, torch.full_like(step, speed))
    # As likely as the number of windows in them: 83 and 3.
    assert long.float().mean() == pytest.approx(83 / 86, abs=0.03)


def test_splices_take_whole_parts(bank):
    source = draws(200)
    speed = torch.ones(200)
    rows = bank.draw(source, T, speed)[1]
    spliced = bank.splice(source, rows, speed, 0.5)
    changed = (spliced != rows[..., None]).any(1)
    assert not changed[:, 0].any()
    for part in SPLICED_PARTS:
        together = changed[:, part]
        assert (together.all(1) | ~together.any(1)).all()
        assert together[:, 0].float().mean() == pytest.approx(0.5, abs=0.12)
    parts = {joint for part in SPLICED_PARTS for joint in part}
    assert parts == set(range(1, 24))


def test_mirroring_twice_is_nothing():
    quats, root = roma.random_unitquat((7, 24)), torch.randn(7, 3)
    twice = mirrored(*mirrored(quats, root))
    torch.testing.assert_close(twice[0], quats)
    torch.testing.assert_close(twice[1], root)


def test_a_mirrored_body_is_the_mirror_image(free_body):
    quats = roma.rotvec_to_unitquat(0.4 * torch.randn(5, 24, 3))

    def joints(quats):
        turns = roma.unitquat_to_rotmat(quats)
        found = free_body.joints(
            BodyParams(turns[:, :1], turns[:, 1:], torch.zeros(5, 10)))
        return found - found[:, :1]

    flipped = joints(mirrored(quats, torch.zeros(5, 3))[0])
    expected = joints(quats)[:, SMPL24.flip_indices] * torch.tensor(
        [-1., 1., 1.])
    # The body itself is symmetric to a few millimetres.
    torch.testing.assert_close(flipped, expected, atol=0.01, rtol=0)


def test_disturbed_joints_keep_to_what_the_clips_do(bank):
    rows = torch.arange(0, 90, 6)[None].double()
    quats = bank.quats_at(rows[..., None].expand(-1, -1, 24))
    turn = torch.randn(1, 1, 24, 3)
    moved = bank.disturbed(quats, turn)
    assert moved.norm(dim=-1).sub(1).abs().max() < 1e-5
    assert not torch.allclose(moved, canonical(quats), atol=1e-2)
    vector = moved[..., :3]
    assert (vector >= bank.low - 0.02).all()
    assert (vector <= bank.high + 0.02).all()


def test_a_disturbance_of_nothing_changes_nothing(bank):
    quats = canonical(roma.random_unitquat((2, T, 24)))
    torch.testing.assert_close(
        bank.disturbed(quats, torch.zeros(2, 1, 24, 3)),
        quats,
        atol=1e-5,
        rtol=0)


def test_sampled_poses_replace_as_many_windows_as_asked(bank):
    clip, quats, root = MotionVariety(bank, 30., sampled=0.4)(draws(500), T)
    sampled = clip < 0
    assert sampled.float().mean() == pytest.approx(0.4, abs=0.07)
    assert quats.norm(dim=-1).sub(1).abs().max() < 1e-5
    # The clips' roots lie on the ground here, those of the poses above it.
    assert (root[sampled][..., 1] > 0.1).all()
    assert (root[~sampled][..., 1] == 0).all()
