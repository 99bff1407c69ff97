# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import logging
import time
from types import SimpleNamespace

import pytest
import torch

from mmarts.datasets import FreeMotion
from mmarts.engine.hooks import (MeshVisualizationHook, StageHook,
                                 TimeBudgetHook, check_body_model,
                                 check_weights)
from mmarts.registry import HOOKS


class Staged:
    """Stands for a model with stages."""

    stage = 'lifter'

    def set_stage(self, stage):
        self.stage = stage


def make_runner(**kwargs):
    return SimpleNamespace(
        logger=logging.getLogger(__name__), rank=0, **kwargs)


@pytest.mark.parametrize('name', [
    'StageHook', 'TimeBudgetHook', 'CheckpointMetaHook',
    'MeshVisualizationHook'
])
def test_registered(name):
    assert HOOKS.get(name).__name__ == name


def test_stage_follows_the_iteration():
    hook, runner = StageHook(begin=3), make_runner(model=Staged())
    stages = []
    for runner.iter in range(5):
        hook.before_train_iter(runner, runner.iter)
        stages.append(runner.model.stage)
    assert stages == ['lifter'] * 3 + ['full'] * 2


def test_stage_is_full_for_measuring_and_goes_back():
    hook, runner = StageHook(begin=3), make_runner(model=Staged(), iter=1)
    hook.before_val(runner)
    assert runner.model.stage == 'full'
    hook.before_train_iter(runner, 1)
    assert runner.model.stage == 'lifter'
    hook.before_test(runner)
    assert runner.model.stage == 'full'


def test_stage_right_after_a_resume():
    hook, runner = StageHook(begin=3), make_runner(model=Staged(), iter=7)
    hook.before_train_iter(runner, 7)
    assert runner.model.stage == 'full'


def test_time_budget_stops_in_time_and_decays():
    groups = [dict(lr=1.0), dict(lr=0.5)]
    runner = make_runner(
        optim_wrapper=SimpleNamespace(param_groups=groups),
        train_loop=SimpleNamespace(stop_training=False))
    hook = TimeBudgetHook(seconds=0.3)
    hook.before_train(runner)
    start, rates = time.monotonic(), []
    while not runner.train_loop.stop_training:
        time.sleep(0.02)
        hook.after_train_iter(runner, 0)
        rates.append(groups[0]['lr'])
        assert groups[1]['lr'] == pytest.approx(0.5 * rates[-1])
        assert time.monotonic() - start < 5
    assert time.monotonic() - start >= 0.28
    assert rates == sorted(rates, reverse=True)
    assert rates[0] > 0.9 and rates[-1] == pytest.approx(0, abs=1e-12)


def test_body_check_names_both():
    check_body_model('a-1', 'a-1')
    with pytest.raises(ValueError, match='"a-1".*"b-2"'):
        check_body_model('a-1', 'b-2')


def test_weights_check_names_the_first_difference():
    ours = dict(a=torch.zeros(2, 3), b=torch.zeros(1))
    check_weights(dict(ours), ours)
    with pytest.raises(ValueError, match=r'1 weights .* a: \(3, 2\)'):
        check_weights(dict(ours, a=torch.zeros(3, 2)), ours)
    with pytest.raises(ValueError, match='b: missing'):
        check_weights(dict(a=ours['a']), ours)


@pytest.fixture(scope='module')
def perfect_samples():
    """Samples whose predictions are their targets."""
    dataset = FreeMotion('test', views=1, stride=16)
    samples = []
    for item in dataset.__getitems__([0, 1, 2, 3, 4]):
        sample = item['data_samples']
        for name in ('global_orient', 'body_pose', 'betas', 'transl',
                     'joints3d'):
            sample.set_field(sample.get(name), f'pred_{name}')
        sample.set_field(
            torch.as_tensor(sample.frame_index), 'pred_frame_index')
        samples.append(sample)
    return samples, SimpleNamespace(body_model=dataset.body)


def record(hook):
    """The hook with a visualizer that keeps what it is asked to draw."""
    calls = []
    hook.visualizer = SimpleNamespace(
        add_datasample=lambda *args, **kwargs: calls.append((args, kwargs)),
        close=lambda: None)
    return calls


def test_every_nth_sample_is_drawn_over_batches(perfect_samples, tmp_path):
    samples, model = perfect_samples
    hook = MeshVisualizationHook(tmp_path, interval=2)
    calls, runner = record(hook), make_runner(model=model)
    hook.before_test(runner)
    hook.after_test_iter(runner, 0, None, samples[:3])
    hook.after_test_iter(runner, 1, None, samples[3:])
    hook.after_test(runner)
    assert [args[1] for args, _ in calls] == samples[::2]


def test_mesh_lies_on_the_predicted_joints(perfect_samples, tmp_path):
    samples, model = perfect_samples
    hook = MeshVisualizationHook(tmp_path, interval=1)
    calls, runner = record(hook), make_runner(model=model)
    hook.after_test_iter(runner, 0, None, samples)
    for (_, sample), kwargs in calls:
        joints = model.body_model.regress(kwargs['vertices'], 'coco19')
        middle = len(sample.pred_frame_index) // 2
        torch.testing.assert_close(
            joints, sample.pred_joints3d[middle], atol=1e-4, rtol=0)


def test_names_are_safe_and_differ(perfect_samples, tmp_path):
    samples, model = perfect_samples
    hook = MeshVisualizationHook(tmp_path, interval=1)
    calls = record(hook)
    hook.after_test_iter(make_runner(model=model), 0, None, samples)
    files = [kwargs['out_file'] for _, kwargs in calls]
    assert len(set(files)) == len(samples)
    assert all(file.parent == tmp_path for file in files)
    assert '/' in samples[0].sequence  # what makes this test worth its time


def test_other_processes_draw_nothing(perfect_samples, tmp_path):
    samples, model = perfect_samples
    hook = MeshVisualizationHook(tmp_path, interval=1)
    calls, runner = record(hook), make_runner(model=model)
    runner.rank = 1
    hook.after_test_iter(runner, 0, None, samples)
    assert not calls


def test_a_skeleton_alone_has_no_mesh(perfect_samples, tmp_path):
    samples, model = perfect_samples
    sample = samples[0].clone()
    del sample.pred_betas, sample.pred_joints3d
    hook, runner = MeshVisualizationHook(tmp_path /
                                         'a'), make_runner(model=model)
    hook.after_test_iter(runner, 0, None, [sample])
    hook.after_test(runner)
    assert [p.suffix for p in (tmp_path / 'a').iterdir()] == ['.png']


def test_interval_below_one_is_refused(tmp_path):
    with pytest.raises(ValueError, match='interval >= 1'):
        MeshVisualizationHook(tmp_path, interval=0)
