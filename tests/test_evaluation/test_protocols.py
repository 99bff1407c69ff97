# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
import torch

from mmarts.body_models import SMPL
from mmarts.evaluation import (PROTOCOLS, AccelError, FrameSubset,
                               JointAccuracy, JointError, VertexError,
                               get_protocol)
from mmarts.evaluation.protocol import METRIC_NAMES
from mmarts.evaluation.track import Track
from mmarts.structures import BodyParams, convert_joints, get_joint_set


def track(num_frames, sequence='walk', first=0, step=1):
    frames = first + step * np.arange(num_frames)
    return Track('toy', sequence, '0', 30., '', frames, {},
                 (frames[0], frames[-1]))


@pytest.mark.parametrize('name', PROTOCOLS)
def test_every_protocol_is_whole_and_says_what_it_is(name):
    rules = get_protocol(name)
    assert rules.name == name and set(rules.metrics) <= set(METRIC_NAMES)
    joints = get_joint_set(rules.joint_set)
    joints.index(*rules.root, *rules.eval_joints, *rules.pck_joints)
    if rules.vertex_root:
        get_joint_set(rules.vertex_root[0]).index(rules.vertex_root[1])
    text = rules.text()
    assert text.startswith(f'{name}: ')
    for word in (rules.joint_set, rules.frames.words, 'root', 'unit mm'):
        assert word in text
    has_mesh = bool({'mpvpe', 'pa_mpvpe'} & set(rules.metrics))
    assert has_mesh == ('mesh' in text)


def test_all_of_the_issue_and_the_papers_are_there():
    assert {
        '3dpw-14', '3dpw-arts-release', 'h36m-p1', 'h36m-p2', 'mpi-inf-3dhp',
        '3dpw-all-pa', '3dpw-int', 'h36m-int', '3dpw-pointhmr',
        'h36m-pointhmr', 'h36m-dsd', 'freihand'
    } <= set(PROTOCOLS)


def test_h36m14_is_what_the_tables_evaluate():
    assert get_protocol('3dpw-14').eval_joints == get_joint_set(
        'h36m14').joints


def test_unknown_protocols_are_told():
    with pytest.raises(KeyError, match='no protocol "3dpw".*3dpw-14'):
        JointError(protocol='3dpw')


@pytest.mark.parametrize('name, scored', [
    ('S9_Directions_1.60457274', ('h36m-p1', 'h36m-p2')),
    ('s_11_act_02_subact_01_ca_04', ('h36m-p1', 'h36m-p2')),
    ('s_09_act_02_subact_01_ca_01', ('h36m-p1', )),
    ('s_01_act_09_subact_01_ca_04', ()),
    ('S11_Walking.55011271', ('h36m-p1', )),
    ('S1_Walking.60457274', ()),
    ('S19_Walking.60457274', ()),
])
def test_sequences_of_human36m(name, scored):
    for protocol in ('h36m-p1', 'h36m-p2'):
        mask = get_protocol(protocol).frames.mask(track(5, name))
        assert mask.all() == mask.any() == (protocol in scored)


@pytest.mark.parametrize('num_frames', [15, 16, 31, 37, 40, 48])
@pytest.mark.parametrize('first, step', [(0, 1), (7, 2)])
def test_middle_frames_of_whole_windows(num_frames, first, step):
    mask = FrameSubset(window=16).mask(track(num_frames, 'a', first, step))
    # A window at every frame; none ends behind the last whole 16 frames.
    starts = range(max(num_frames // 16 * 16 - 15, 0))
    assert np.flatnonzero(mask).tolist() == [s + 8 for s in starts]


def test_a_protocol_decides_and_is_stored(cut, run, make_poses, logged):
    target = make_poses(40)
    metric = JointError(protocol='3dpw-14')
    same = JointError()
    samples = cut(make_poses(40, seed=1), target)
    assert run(metric, samples) == run(same, samples)
    text = get_protocol('3dpw-14').text()
    assert metric.protocol['protocol'] == '3dpw-14'
    assert metric.protocol['text'] == text
    assert text in [line for _, line in logged]
    assert 'text' not in same.protocol


def test_what_a_protocol_decides_cannot_be_given_too():
    for wrong in (dict(root='Neck'), dict(joint_set='coco19'),
                  dict(eval_joints=None)):
        with pytest.raises(ValueError, match='"3dpw-14" decides'):
            JointError(protocol='3dpw-14', **wrong)
    with pytest.raises(ValueError, match='targets from joints3d'):
        JointError(protocol='h36m-p1', target_source='vertices')
    with pytest.raises(ValueError, match='decides the root of meshes'):
        VertexError(None, protocol='3dpw-14', root='Torso')


def test_metrics_that_a_protocol_lacks_are_refused():
    with pytest.raises(ValueError, match='"3dpw-all-pa" defines pa_mpjpe'):
        AccelError(protocol='3dpw-all-pa')
    with pytest.raises(ValueError, match='gives mpvpe'):
        VertexError(None, protocol='mpi-inf-3dhp')
    with pytest.raises(ValueError, match='gives pck, auc'):
        JointAccuracy(protocol='h36m-p2')


def test_only_what_it_defines_is_measured(cut, run, make_poses):
    target, pred = make_poses(20, 14), make_poses(20, 14, seed=1)
    samples = cut(pred, target, joint_set='lsp14')
    assert list(run(JointError(protocol='3dpw-all-pa'),
                    samples)) == ['joints3d/pa_mpjpe']


def test_frames_that_do_not_count_change_nothing(cut, run, make_poses):
    target, pred = make_poses(40), make_poses(40, seed=1)
    changed = pred.clone()
    changed[:8] += torch.randn(8, 17, 3)
    changed[25:] += torch.randn(15, 17, 3)
    metrics = [
        JointError(protocol='3dpw-arts-release'),
        AccelError(protocol='3dpw-arts-release')
    ]
    assert run(metrics, cut(pred, target,
                            stride=1)) == run(metrics,
                                              cut(changed, target, stride=1))
    assert metrics[0].protocol['frames_scored']['mpjpe'] == 17


def test_no_frame_that_counts_is_an_error(cut, run, make_poses):
    samples = cut(make_poses(20), make_poses(20), sequence='S1_Walking')
    with pytest.raises(ValueError, match='S9 and S11.*S1_Walking'):
        run(JointError(protocol='h36m-p1'), samples)


def test_accel_at_another_rate_is_refused(cut, run, make_poses):
    samples = cut(make_poses(20), make_poses(20), fps=25.)
    with pytest.raises(ValueError, match='30 frames a second.*has 25'):
        run(AccelError(protocol='3dpw-14'), samples)


def test_accel_crosses_neither_cut_nor_sequence(cut, run, make_poses):
    """Parts far apart in space: one difference across would be metres."""
    target = make_poses(40)
    pred = target.clone()
    frames = np.concatenate([np.arange(20), np.arange(30, 50)])
    # The root stays where it is.
    pred[20:, 1:] += 5.0
    samples = cut(
        pred, target, frames=frames) + cut(
            target + 0.0, target, sequence='other')
    for protocol in ('3dpw-14', '3dpw-int', '3dpw-arts-release'):
        joints = 'pw3d14' if protocol == '3dpw-int' else 'h36m17'
        part = samples
        if joints == 'pw3d14':
            index = get_joint_set('h36m17').index(
                *get_joint_set('pw3d14').joints)
            part = cut(
                pred[:, index],
                target[:, index],
                frames=frames,
                joint_set=joints)
        value = run(AccelError(protocol=protocol),
                    part)['motion/accel_mm_per_frame2_30fps']
        assert value < 1e-3


def test_padded_accel_counts_the_ends_as_zero(cut, run, make_poses):
    target, pred = make_poses(48), make_poses(48, seed=1)
    samples = cut(pred, target, stride=1)
    name = 'motion/accel_mm_per_frame2_30fps'
    padded = run(AccelError(protocol='3dpw-arts-release'), samples)[name]
    scored = slice(8, 41)
    plain = run(
        AccelError(protocol='3dpw-14'), cut(pred[scored],
                                            target[scored]))[name]
    assert padded == pytest.approx(plain * 31 / 33)


def test_joints_of_another_set_count_where_they_are_the_same(
        cut, run, make_poses):
    """MPI-INF-3DHP's training files have 28 joints, the tables 17."""
    target, pred = make_poses(20, 28), make_poses(20, 28, seed=1)
    names = dict(sequence='TS1')
    whole = run(
        JointError(protocol='mpi-inf-3dhp'),
        cut(pred, target, joint_set='mpi_inf_3dhp28', **names))
    index = [
        row[0]
        for row in convert_joints('mpi_inf_3dhp28', 'mpi_inf_3dhp17').rows
    ]
    assert whole == run(
        JointError(protocol='mpi-inf-3dhp'),
        cut(pred[:, index],
            target[:, index],
            joint_set='mpi_inf_3dhp17',
            **names))
    # COCO's face does not give Human3.6M's head.
    with pytest.raises(ValueError, match='should give joints "h36m17"'):
        run(
            JointError(protocol='3dpw-14'),
            cut(pred[:, :17], target[:, :17], joint_set='coco17'))


def test_targets_of_male_and_female_bodies(tmp_path, toy_body, run):
    """Predictions are of the neutral body, targets of the subject's."""
    from toy_body import toy_arrays
    paths = {}
    for seed, gender in ((1, 'male'), (2, 'female')):
        paths[gender] = str(tmp_path / f'{gender}.npz')
        np.savez(paths[gender],
                 **dict(toy_arrays(seed=seed), name=np.array(gender)))
    bodies = {g: SMPL(p, dtype='float64') for g, p in paths.items()}
    samples, errors = [], []
    for gender, body in bodies.items():
        eye = torch.eye(3).double().expand(4, 24, 3, 3)
        params = BodyParams(eye[:, :1], eye[:, 1:],
                            torch.randn(4, 10).double())
        samples.append(
            dict(
                dataset='toy',
                sequence=gender,
                person='0',
                fps=30.,
                joint_set='coco19',
                body_model_id=body.body_model_id,
                frame_index=np.arange(4),
                pred_frame_index=np.arange(4),
                **{
                    prefix + key: getattr(params, key)
                    for prefix in ('', 'pred_')
                    for key in ('global_orient', 'body_pose', 'betas')
                },
                **{
                    f'{key}_valid': torch.ones(4, dtype=torch.bool)
                    for key in ('global_orient', 'body_pose', 'betas')
                }))
        pred, target = (b.joints(params, 'h36m17') for b in (toy_body, body))
        index = get_joint_set('h36m17').index(*get_joint_set('h36m14').joints)
        errors.append(((pred - pred[:, :1]) -
                       (target - target[:, :1]))[:, index].norm(dim=-1))
    configs = [
        dict(type='SMPL', model_path=p, dtype='float64')
        for p in paths.values()
    ]
    metrics = [
        JointError(
            protocol='3dpw-14', body_model=toy_body, target_bodies=configs),
        VertexError(toy_body, protocol='3dpw-14', target_bodies=configs)
    ]
    values = run(metrics, samples)
    expected = 1000 * torch.cat(errors).mean().item()
    assert values['joints3d/mpjpe'] == pytest.approx(expected, rel=1e-6)
    assert values['vertices/mpvpe'] > 1
    with pytest.raises(ValueError, match='female'):
        run(
            JointError(
                protocol='3dpw-14',
                body_model=toy_body,
                target_bodies=configs[:1]), samples)
