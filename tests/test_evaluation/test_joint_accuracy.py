# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import torch

from mmarts.evaluation import JointAccuracy, correct_share
from mmarts.structures import get_joint_set


def shifted(run, cut, make_poses, offsets, **meta):
    """PCK and AUC of joints that are off by so many metres."""
    target = make_poses(20)
    pred = target.clone()
    for joint, offset in offsets.items():
        pred[:, get_joint_set('mpi_inf_3dhp17').index(joint)[0], 1] += offset
    return run(
        JointAccuracy(protocol='mpi-inf-3dhp'),
        cut(pred, target, joint_set='mpi_inf_3dhp17', **meta))


def test_perfect_is_a_hundred(run, cut, make_poses):
    values = shifted(run, cut, make_poses, {})
    assert values == {'joints3d/pck': 100, 'joints3d/auc': 100}


def test_one_joint_of_fourteen_within_a_hundred(run, cut, make_poses):
    values = shifted(run, cut, make_poses, dict(L_Knee=0.1))
    assert values['joints3d/pck'] == 100
    # Correct from 100 or, by rounding, 105 mm on: 10 or 11 of 31 thresholds.
    assert values['joints3d/auc'] == pytest.approx(
        100 * (1 - 20.5 / 31 / 14), abs=0.3)
    worse = shifted(run, cut, make_poses, dict(L_Knee=0.16))
    assert worse['joints3d/pck'] == pytest.approx(100 * 13 / 14)


def test_spine_and_head_do_not_count(run, cut, make_poses):
    """The dataset's toolbox averages over fourteen joints."""
    values = shifted(run, cut, make_poses, dict(Spine=1., Head=1.))
    assert values['joints3d/pck'] == 100


def test_masked_joints_do_not_count():
    distance = torch.tensor([[0.1, 0.3, 0.1], [0.3, 0.3, 0.3]])
    valid = torch.tensor([[True, False, True], [True, False, False]])
    torch.testing.assert_close(
        correct_share(distance, valid, 0.15), torch.tensor([1., 0.]))
    assert correct_share(
        torch.full((1, 2), float('nan')),
        torch.ones(1, 2).bool(), 0.15) == 0


def test_thresholds_must_increase():
    with pytest.raises(ValueError, match='increasing millimetres'):
        JointAccuracy(thresholds=(150., 100.))
