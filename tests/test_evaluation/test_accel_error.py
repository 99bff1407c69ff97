# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import json
import math

import numpy as np
import pytest
import torch

from mmarts.evaluation import AccelError, VelocityError
from mmarts.structures import get_joint_set

EVAL14 = get_joint_set('h36m17').index(*get_joint_set('h36m14').joints)
PER_FRAME = 'motion/accel_mm_per_frame2_30fps'


def moving(num_frames, speed=0., pull=0.):
    """All joints but the root move along x; metres, frames."""
    time = torch.arange(num_frames).double()[:, None]
    points = torch.zeros(num_frames, 17, 3).double()
    points[:, 1:, 0] = speed * time + 0.5 * pull * time**2
    return points.float()


def expected_accel(pred, target, frames):
    """Errors of all triples of neighbouring frames, mm/frame^2."""
    pred, target = (x.double() - x[:, :1].double() for x in (pred, target))
    errors = []
    for i in range(1, len(frames) - 1):
        if frames[i - 1] + 1 == frames[i] == frames[i + 1] - 1:
            difference = sum(w * (pred - target)[i + o]
                             for o, w in ((-1, 1), (0, -2), (1, 1)))
            errors.append(difference[EVAL14].norm(dim=-1).mean().item())
    return 1000 * np.array(errors)


@pytest.mark.parametrize('fps', [25., 29.97])
def test_constant_acceleration(cut, run, fps):
    samples = cut(moving(40, pull=0.002), moving(40, speed=0.1), fps=fps)
    values = run(AccelError(), samples)
    assert set(values) == {
        f'motion/accel_mm_per_frame2_{fps:g}fps',
        f'motion/accel_mm_per_s2_{fps:g}fps'
    }
    assert values[f'motion/accel_mm_per_frame2_{fps:g}fps'] == pytest.approx(
        2., rel=1e-3)
    assert values[f'motion/accel_mm_per_s2_{fps:g}fps'] == pytest.approx(
        2. * fps**2, rel=1e-3)
    json.dumps(values)


def test_constant_velocity(cut, run):
    samples = cut(moving(40, speed=0.003), moving(40), fps=50.)
    values = run(VelocityError(), samples)
    assert values['motion/mpjve_mm_per_frame_50fps'] == pytest.approx(
        3., rel=1e-4)
    assert values['motion/mpjve_mm_per_s_50fps'] == pytest.approx(
        150., rel=1e-4)


def test_not_padded(cut, run, make_poses):
    pred, target = make_poses(25), make_poses(25, seed=1)
    metric = AccelError()
    value = run(metric, cut(pred, target))[PER_FRAME]
    assert metric.protocol['frames_scored']['accel_mm_per_frame2_30fps'] == 23
    assert value == pytest.approx(
        expected_accel(pred, target, range(25)).mean(), rel=1e-5)


def test_never_across_a_cut(cut, run, make_poses):
    frames = [*range(0, 20), *range(23, 40), 50, 51, 60]
    pred, target = make_poses(40), make_poses(40, seed=1)
    metric = AccelError()
    value = run(metric, cut(pred, target, frames=frames))[PER_FRAME]
    expected = expected_accel(pred, target, frames)
    assert len(expected) == 18 + 15
    assert metric.protocol['frames_scored'][
        'accel_mm_per_frame2_30fps'] == len(expected)
    assert value == pytest.approx(expected.mean(), rel=1e-5)


def test_never_between_people_or_sequences(cut, run, make_poses):
    samples, errors = [], []
    for i, (sequence, person) in enumerate([('a', '0'), ('a', '1'),
                                            ('b', '0')]):
        # The frame numbers of sequence b go on where those of a end.
        frames = np.arange(16) + 16 * (sequence == 'b')
        pred, target = make_poses(16, seed=2 * i), make_poses(16, seed=i + 9)
        samples += cut(
            pred, target, frames=frames, sequence=sequence, person=person)
        errors.append(expected_accel(pred, target, frames))
    assert run(AccelError(), samples)[PER_FRAME] == pytest.approx(
        np.concatenate(errors).mean(), rel=1e-5)


def test_invalid_frames_are_not_measured_across(cut, run, make_poses):
    pred, target = make_poses(20), make_poses(20, seed=1)
    valid = torch.ones(20, 17, dtype=torch.bool)
    valid[7] = False
    kept = [f for f in range(20) if f != 7]
    target[7] = torch.nan
    value = run(AccelError(), cut(pred, target, valid))[PER_FRAME]
    assert value == pytest.approx(
        expected_accel(pred[kept], target[kept], kept).mean(), rel=1e-5)


def test_frame_rates_are_not_mixed(cut, run):
    samples = cut(moving(20, pull=0.002), moving(20), fps=30.)
    samples += cut(
        moving(20, pull=0.004), moving(20), fps=60., sequence='fast')
    values = run(AccelError(), samples)
    assert values[PER_FRAME] == pytest.approx(2., rel=1e-3)
    assert values['motion/accel_mm_per_frame2_60fps'] == pytest.approx(
        4., rel=1e-3)
    assert len(values) == 4


def test_every_other_frame_halves_the_rate(cut, run):
    """50 fps read at every other frame is 25 fps, in name and in value."""
    pred, still = moving(40, pull=0.002), moving(40)
    value = 'motion/accel_mm_per_s2_{}fps'
    full = run(AccelError(), cut(pred, still, fps=50.))
    half = run(AccelError(),
               cut(pred[::2], still[::2], fps=50., frames=range(0, 40, 2)))
    assert half[value.format(25)] == pytest.approx(
        full[value.format(50)], rel=1e-3)


def test_given_step_of_windows_whose_middle_is_predicted(cut, run):
    samples = cut(
        moving(41, pull=0.002), moving(41), stride=4, middle_only=True)
    # The last window ends on the last frame and is only one frame later.
    assert [s.pred_frame_index[0] for s in samples][-3:] == [28, 32, 33]
    assert math.isnan(run(AccelError(), samples)[PER_FRAME])
    values = run(AccelError(frame_step=4), samples)
    # At 7.5 frames a second a step is four frames: 16 times the pull.
    assert values['motion/accel_mm_per_frame2_7.5fps'] == pytest.approx(
        32., rel=1e-3)


@pytest.mark.robustness
@pytest.mark.parametrize('length', [1, 2])
def test_tracks_too_short_give_nan(cut, run, make_poses, logged, length):
    samples = cut(make_poses(length), make_poses(length, seed=1))
    values = run(AccelError(), samples)
    assert len(values) == 2 and all(math.isnan(v) for v in values.values())
    assert any('no frame could be scored' in text for _, text in logged)


@pytest.mark.robustness
@pytest.mark.parametrize('fps', [None, 0., float('inf')])
def test_a_sequence_without_fps_is_refused(cut, run, make_poses, fps):
    samples = cut(make_poses(16), make_poses(16), fps=fps)
    with pytest.raises(ValueError, match='"walk" of toy'):
        run(AccelError(), samples)


@pytest.mark.parity
def test_arts_acceleration(shared, cut, run):
    """The release pads with two zeros: n - 2 errors are divided by n."""
    data = np.load(shared / 'parity/arts/eval.npz')
    pred, target = (
        torch.from_numpy(data[f'{k}_h36m17']) / 1000 for k in ('pred', 'gt'))
    padded = data['evaluate/accel_per_sequence(padded)']
    for part, value in zip((slice(0, 25), slice(25, 40)), padded):
        count = part.stop - part.start
        values = run(AccelError(), cut(pred[part], target[part]))
        assert values[PER_FRAME] * (count - 2) / count == pytest.approx(
            value, rel=1e-6)


@pytest.mark.parity
def test_dsd_motion(shared, cut, run):
    data = np.load(shared / 'parity/dsd/eval.npz')
    samples = cut(
        *(torch.from_numpy(data[f'in/{k}_m']) for k in ('pred', 'gt')),
        joint_set='lsp14')
    settings = dict(
        joint_set='lsp14', root=('R_Hip', 'L_Hip'), eval_joints=None)
    values = run(
        [AccelError(**settings),
         VelocityError(**settings, prefix='v')], samples)
    assert values['v/mpjve_mm_per_frame_30fps'] == pytest.approx(
        data['mpjve_pelvis_aligned_mm_per_frame'].item(), rel=1e-6)
    assert values[PER_FRAME] == pytest.approx(
        data['recon/mpjae_pelvis_aligned_mm_per_frame2'].item(), rel=1e-6)
