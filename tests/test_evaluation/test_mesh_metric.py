# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import json
import logging
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from mmarts.evaluation import AccelError, JointError, VelocityError
from mmarts.registry import METRICS
from mmarts.structures.windows import MERGE_RULES

ROOT = Path(__file__).parents[2]

# One of two processes: its share of seven samples, metrics as JSON.
WORKER = '''
import json, pickle, sys
import torch.distributed as dist
from mmengine.evaluator import Evaluator
from mmengine.registry import init_default_scope
from mmarts.evaluation import AccelError, JointError
init_default_scope('mmarts')
rank, folder = int(sys.argv[1]), sys.argv[2]
dist.init_process_group('gloo', init_method=f'file://{folder}/store',
                        rank=rank, world_size=2)
samples = pickle.load(open(f'{folder}/samples.pkl', 'rb'))
shares = json.load(open(f'{folder}/shares.json'))
metrics = [JointError(group_by='sequence', collect_dir=f'{folder}/joint'),
           AccelError(collect_dir=f'{folder}/accel')]
evaluator = Evaluator(metrics)
evaluator.process([samples[i] for i in shares[rank]])
values = evaluator.evaluate(len(samples))
json.dump([values, [m.protocol for m in metrics]],
          open(f'{folder}/rank{rank}.json', 'w'))
dist.barrier()
dist.destroy_process_group()
'''


@pytest.fixture
def two_people(cut, make_poses):
    """Windows of two sequences, the second with two people."""
    samples = []
    for i, ids in enumerate([('walk', '0'), ('run', '0'), ('run', '1')]):
        samples += cut(
            make_poses(25, seed=2 * i),
            make_poses(25, seed=2 * i + 1),
            sequence=ids[0],
            person=ids[1])
    return samples


@pytest.mark.parametrize('rule', MERGE_RULES)
def test_order_of_samples_does_not_matter(two_people, run, rule):

    def metrics():
        return [
            JointError(merge=rule),
            AccelError(merge=rule),
            VelocityError(merge=rule, prefix='v')
        ]

    expected = run(metrics(), two_people)
    order = np.random.permutation(len(two_people))
    assert run(metrics(), [two_people[i] for i in order]) == expected


def test_rules_differ_where_windows_disagree(cut, run, make_poses):
    target = make_poses(24)
    samples = cut(target, target, length=16, stride=8)
    error = torch.zeros(17, 3)
    error[1:, 0] = 0.1
    samples[0].pred_joints3d = samples[0].pred_joints3d + error
    # Frames 0-7 only in the wrong window, 8-11 nearer to its middle (7.5)
    # than to that of the right one (15.5).
    nearest = run(JointError(), samples)['joints3d/mpjpe']
    assert nearest == pytest.approx(100 * 12 / 24, rel=1e-4)
    # Frames 8-15 are in both and get half of the error.
    mean = run(JointError(merge='mean'), samples)['joints3d/mpjpe']
    assert mean == pytest.approx((100 * 8 + 50 * 8) / 24, rel=1e-4)


@pytest.mark.parametrize(
    'shares',
    [
        # MMEngine's padded sampler.
        pytest.param([[0, 2, 4, 6], [1, 3, 5, 0]], marks=pytest.mark.slow),
        # Padding that is not at the end: MMEngine's cut at seven results would
        # lose samples 5 and 6.
        [[0, 1, 0, 1], [2, 3, 4, 5, 6]],
    ])
def test_two_processes_give_what_one_gives(cut, run, make_poses, tmp_path,
                                           shares):
    samples = cut(make_poses(30), make_poses(30, seed=1), stride=5)
    samples += cut(
        make_poses(26, seed=2),
        make_poses(26, seed=3),
        stride=5,
        sequence='run')
    assert len(samples) == 7
    metrics = [JointError(group_by='sequence'), AccelError()]
    expected = run(metrics, samples)
    (tmp_path / 'samples.pkl').write_bytes(pickle.dumps(samples))
    (tmp_path / 'shares.json').write_text(json.dumps(shares))
    environment = {
        **os.environ, 'PYTHONPATH': str(ROOT),
        'OMP_NUM_THREADS': '1'
    }
    workers = [
        subprocess.Popen(
            [sys.executable, '-c', WORKER,
             str(rank), str(tmp_path)],
            cwd=tmp_path,
            env=environment,
            stderr=subprocess.PIPE) for rank in range(2)
    ]
    for worker in workers:
        _, errors = worker.communicate(timeout=100)
        assert worker.returncode == 0, errors.decode()
    for rank in range(2):
        values, protocols = json.loads(
            (tmp_path / f'rank{rank}.json').read_text())
        assert values == expected
        extra = sum(map(len, shares)) - 7
        for protocol, metric in zip(protocols, metrics):
            assert protocol == {**metric.protocol, 'duplicates': extra}


def test_padded_samples_count_once(two_people, run):
    once = run(JointError(), two_people)
    metric = JointError()
    padded = two_people + two_people[:2]
    assert run(metric, padded, size=len(two_people)) == once
    assert metric.protocol['duplicates'] == 2


@pytest.mark.robustness
def test_ids_that_do_not_tell_samples_apart(cut, run, make_poses):
    samples = cut(make_poses(16), make_poses(16, seed=1))
    samples += cut(make_poses(16), make_poses(16, seed=2))
    with pytest.raises(ValueError, match='different targets'):
        run(JointError(), samples)


@pytest.mark.robustness
def test_missing_samples_are_noticed(two_people, run, logged):
    run(JointError(), two_people, size=len(two_people) + 1)
    assert any(level == logging.WARNING and 'distinct' in text
               for level, text in logged)


def test_groups_and_both_means(cut, run, make_poses):
    samples, each, sizes = [], {}, {'Walking': 16, 'Eating': 40}
    for i, (action, size) in enumerate(sizes.items()):
        part = cut(
            make_poses(size, seed=i),
            make_poses(size, seed=i + 5),
            sequence=action.lower(),
            action=action)
        each[action] = run(JointError(), part)['joints3d/mpjpe']
        samples += part
    values = run(JointError(group_by='action'), samples)
    for action in sizes:
        assert values[f'joints3d/mpjpe/{action}'] == pytest.approx(
            each[action])
    assert values['joints3d/mpjpe/mean_of_groups'] == pytest.approx(
        sum(each.values()) / 2)
    assert values['joints3d/mpjpe'] == pytest.approx(
        sum(each[a] * n for a, n in sizes.items()) / 56)


@pytest.mark.robustness
def test_a_group_without_a_valid_frame(cut, run, make_poses):
    nothing = torch.zeros(16, 17, dtype=torch.bool)
    samples = cut(make_poses(16), make_poses(16, seed=1), action='a')
    samples += cut(
        make_poses(16),
        make_poses(16, seed=2),
        nothing,
        sequence='sit',
        action='b')
    values = run(JointError(group_by='action'), samples)
    assert np.isnan(values['joints3d/mpjpe/b'])
    assert (values['joints3d/mpjpe/mean_of_groups'] ==
            values['joints3d/mpjpe/a'] == values['joints3d/mpjpe'])


def test_protocol_is_logged_and_json(two_people, run, logged):
    metric = JointError(group_by='sequence')
    run(metric, two_people)
    assert json.loads(json.dumps(metric.protocol)) == metric.protocol
    line = next(text for _, text in logged if text.startswith('JointError:'))
    for words in ('joint set h36m17', 'root Pelvis', 'eval joints h36m14',
                  'alignment root, procrustes', 'merge nearest-mid',
                  'fps 30.0', 'mpjpe: 75', 'tracks 3',
                  'pred joints3d, target joints3d'):
        assert words in line


def test_built_from_a_config():
    metric = METRICS.build(dict(type='AccelError', prefix='mine'))
    assert isinstance(metric, AccelError) and metric.prefix == 'mine'


def test_results_hold_no_tensors(two_people):
    metric = JointError()
    metric.process(None, [s.to_dict() for s in two_people])
    assert len(metric.results) == len(two_people)
    for entry in metric.results:
        assert all(isinstance(a, np.ndarray) for a in entry.arrays.values())


@pytest.mark.gpu
def test_predictions_on_the_gpu(two_people, run):
    expected = run(JointError(), two_people)
    values = run(JointError(), [s.to('cuda') for s in two_people])
    assert values == pytest.approx(expected, rel=1e-5)


@pytest.mark.robustness
@pytest.mark.parametrize('meta, words', [
    (dict(fps=25.), 'several values of fps'),
    (dict(action='b'), 'several values of group'),
])
def test_a_track_has_one_fps_and_one_group(cut, run, make_poses, meta, words):
    pred, target = make_poses(20), make_poses(20, seed=1)
    samples = cut(pred, target, action='a')
    samples[-1].set_metainfo(meta)
    with pytest.raises(ValueError, match=words):
        run(JointError(group_by='action'), samples)


@pytest.mark.robustness
def test_broken_samples_are_refused(cut, run, make_poses):

    def sample(**change):
        sample = cut(make_poses(16), make_poses(16, seed=1))[0].to_dict()
        return {**sample, **change}

    for change, words in (
        (dict(pred_frame_index=np.arange(1, 17)), r'\[16\].*window holds'),
        (dict(pred_frame_index=None), 'without pred_frame_index'),
        (dict(pred_frame_index=np.arange(4)), 'should have the 4 frames'),
        (dict(joints3d=None), 'target of sequence "walk" should give'),
    ):
        with pytest.raises(ValueError, match=words):
            run(JointError(), [sample(**change)])
    with pytest.raises(ValueError, match=r"\['action'\] are missing"):
        run(JointError(group_by='action'), [sample()])
    without_mask = sample()
    del without_mask['joints3d_valid']
    with pytest.raises(ValueError, match='joints3d_valid'):
        run(JointError(), [without_mask])


def test_padding_that_repeats_the_last_frame(cut, run, make_poses):
    pred, target = make_poses(5), make_poses(5, seed=1)
    expected = run(JointError(), cut(pred, target))
    repeat = [0, 1, 2, 3, 4, 4, 4]
    sample = cut(pred, target)[0].to_dict()
    sample.update(
        frame_index=repeat,
        pred_frame_index=repeat,
        joints3d=target[repeat],
        pred_joints3d=pred[repeat],
        joints3d_valid=torch.ones(7, 17, dtype=torch.bool))
    sample['pred_joints3d'][5:] += 1.
    assert run(JointError(), [sample]) == expected
