# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import math

import numpy as np
import pytest
import roma
import torch

from mmarts.evaluation import JointError, mpjpe, pa_mpjpe
from mmarts.structures import get_joint_set

H36M17 = get_joint_set('h36m17')
EVAL14 = H36M17.index(*get_joint_set('h36m14').joints)


def expected_mpjpe(pred, target, root=(0, ), joints=EVAL14):
    """Millimetres of every frame, one joint after the other."""
    errors = []
    for p, t in zip(pred.double().numpy(), target.double().numpy()):
        p, t = p - p[list(root)].mean(0), t - t[list(root)].mean(0)
        errors.append(np.mean([math.dist(p[k], t[k]) for k in joints]) * 1000)
    return np.array(errors)


def test_mpjpe_ignores_nan_of_invalid_joints():
    pred, target = torch.randn(5, 14, 3), torch.randn(5, 14, 3)
    valid = torch.rand(5, 14) > 0.4
    valid[2] = False
    target[~valid] = torch.nan
    error = mpjpe(pred, target, valid)
    assert error[2].isnan()
    for i in (0, 1, 3, 4):
        torch.testing.assert_close(
            error[i], mpjpe(pred[i, valid[i]], target[i, valid[i]]))


@pytest.mark.parametrize('scale', [0.5, 1.0, 2.0])
def test_pa_mpjpe_ignores_similarity(scale):
    pose = torch.randn(4, 17, 3)
    moved = scale * pose @ roma.random_rotmat().mT + torch.randn(3)
    torch.testing.assert_close(
        pa_mpjpe(moved, pose), torch.zeros(4), atol=1e-6, rtol=0)


@pytest.mark.parametrize('stride', [1, 5, 16])
def test_metric_is_the_mean_over_frames_in_mm(cut, run, make_poses, stride):
    pred, target = make_poses(40), make_poses(40, seed=1)
    metric = JointError()
    values = run(metric, cut(pred, target, stride=stride))
    assert values['joints3d/mpjpe'] == pytest.approx(
        expected_mpjpe(pred, target).mean(), rel=1e-6)
    assert values['joints3d/pa_mpjpe'] == pytest.approx(
        pa_mpjpe(pred[:, EVAL14], target[:, EVAL14]).mean().item() * 1000,
        rel=1e-5)
    assert metric.protocol['frames_scored'] == dict(mpjpe=40, pa_mpjpe=40)


def test_translation_does_not_count(cut, run, make_poses):
    pred, target = make_poses(20), make_poses(20, seed=1)
    near = run(JointError(), cut(pred, target))
    far = run(JointError(), cut(pred + torch.randn(20, 1, 3), target + 3.))
    assert far['joints3d/mpjpe'] == pytest.approx(
        near['joints3d/mpjpe'], rel=1e-4)


def test_root_and_joints_are_arguments(cut, run, make_poses):
    pred, target = make_poses(20), make_poses(20, seed=1)
    metric = JointError(
        root=('R_Hip', 'L_Hip'),
        eval_joints=['Head', 'L_Knee'],
        alignments=['root'])
    values = run(metric, cut(pred, target))
    assert list(values) == ['joints3d/mpjpe']
    assert values['joints3d/mpjpe'] == pytest.approx(
        expected_mpjpe(pred, target, H36M17.index('R_Hip', 'L_Hip'),
                       H36M17.index('Head', 'L_Knee')).mean(),
        rel=1e-6)
    assert metric.protocol['root'] == 'R_Hip + L_Hip'
    assert metric.protocol['eval_joints'] == ['Head', 'L_Knee']
    everything = run(JointError(eval_joints=None), cut(pred, target))
    assert everything['joints3d/mpjpe'] == pytest.approx(
        expected_mpjpe(pred, target, joints=range(17)).mean(), rel=1e-6)


def test_middle_frames_are_matched_by_number(cut, run, make_poses):
    pred, target = make_poses(40), make_poses(40, seed=1)
    samples = cut(
        pred, target, stride=1, middle_only=True, frames=100 + np.arange(40))
    metric = JointError()
    values = run(metric, samples)
    # 25 windows of 16, each scored at its frame 8 only.
    assert metric.protocol['frames_scored']['mpjpe'] == 25
    assert values['joints3d/mpjpe'] == pytest.approx(
        expected_mpjpe(pred, target)[8:33].mean(), rel=1e-6)


def test_invalid_joints_and_frames_are_not_scored(cut, run, make_poses):
    pred, target = make_poses(20), make_poses(20, seed=1)
    valid = torch.ones(20, 17, dtype=torch.bool)
    knee = H36M17.index('L_Knee')[0]
    valid[:10, knee] = False
    valid[15] = False  # nothing
    valid[16, 0] = False  # no root, so nothing can be centred
    target = target.where(valid[..., None], torch.nan)
    metric = JointError()
    value = run(metric, cut(pred, target, valid))['joints3d/mpjpe']
    without_knee = [j for j in EVAL14 if j != knee]
    expected = [
        *expected_mpjpe(pred[:10], target[:10], joints=without_knee),
        *expected_mpjpe(pred[10:15], target[10:15]),
        *expected_mpjpe(pred[17:], target[17:])
    ]
    assert metric.protocol['frames_scored']['mpjpe'] == 18
    assert value == pytest.approx(np.mean(expected), rel=1e-6)


def test_pa_mpjpe_leaves_out_what_any_pose_fits(cut, run, make_poses):
    pred, target = make_poses(4), make_poses(4, seed=1)
    valid = torch.ones(4, 17, dtype=torch.bool)
    valid[0, EVAL14[2:]] = False
    metric = JointError()
    run(metric, cut(pred, target, valid))
    assert metric.protocol['frames_scored'] == dict(mpjpe=4, pa_mpjpe=3)


@pytest.mark.robustness
def test_no_valid_target_is_nan_and_a_warning(cut, run, make_poses, logged):
    pred, target = make_poses(20), make_poses(20, seed=1)
    valid = torch.zeros(20, 17, dtype=torch.bool)
    values = run(JointError(), cut(pred, target, valid))
    assert all(math.isnan(v) for v in values.values()) and len(values) == 2
    assert sum('no frame could be scored' in text for _, text in logged) == 2


@pytest.mark.robustness
def test_nan_prediction_is_not_hidden(cut, run, make_poses, logged):
    pred, target = make_poses(20), make_poses(20, seed=1)
    pred[3, 5] = torch.nan
    values = run(JointError(), cut(pred, target))
    assert all(math.isnan(v) for v in values.values())
    assert any('predictions hold NaN' in text for _, text in logged)


@pytest.mark.robustness
def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match='alignments'):
        JointError(alignments=['similarity'])
    with pytest.raises(ValueError, match='merges windows'):
        JointError(merge='median')
    with pytest.raises(ValueError, match='target_source'):
        JointError(target_source='mocap')
    with pytest.raises(KeyError, match='Nostril'):
        JointError(root='Nostril')
    with pytest.raises(KeyError, match='Pelvis'):
        JointError(joint_set='coco17', eval_joints='h36m14')


@pytest.mark.parity
def test_arts_evaluation(shared, cut, run):
    data = np.load(shared / 'parity/arts/eval.npz')
    pred, target = (
        torch.from_numpy(data[f'{k}_h36m17']) / 1000 for k in ('pred', 'gt'))
    values = run(JointError(), cut(pred, target))
    assert values['joints3d/mpjpe'] == pytest.approx(
        data['evaluate/MPJPE_mm'].item(), rel=1e-6)
    assert values['joints3d/pa_mpjpe'] == pytest.approx(
        data['evaluate/PA-MPJPE_mm'].item(), rel=1e-5)


@pytest.mark.parity
def test_dsd_evaluation(shared, cut, run):
    data = np.load(shared / 'parity/dsd/eval.npz')
    pred, target = (
        torch.from_numpy(data[f'in/{k}_m']) for k in ('pred', 'gt'))
    metric = JointError(
        joint_set='lsp14', root=('R_Hip', 'L_Hip'), eval_joints=None)
    values = run(metric, cut(pred, target, joint_set='lsp14'))
    assert values['joints3d/mpjpe'] == pytest.approx(
        data['mpjpe_mm'].item(), rel=1e-6)
    # The release adds 1e-6 to the norms, and rounds to float16 what it
    # aligns; 'exact' is without the rounding.
    np.testing.assert_allclose(
        pa_mpjpe(pred, target) * 1000,
        data['exact/pa_mpjpe_each_mm'],
        atol=1e-3)
    np.testing.assert_allclose(
        pa_mpjpe(pred * torch.tensor([-1, 1, 1]), target) * 1000,
        data['pa_mpjpe_reflected_each_mm'],
        rtol=2**-11)
