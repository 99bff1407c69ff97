# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import logging
import random
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate, sampler
from torch import nn
from torch.utils.data import DataLoader

from mmarts.apis.inferencer import DEFAULT_CHECKPOINT
from mmarts.compat.safe_load import load_checkpoint
from mmarts.datasets import FreeMotion
from mmarts.engine.hooks import (AtomicCheckpointHook, DenseFramesHook,
                                 MeshVisualizationHook, PaddingHook,
                                 RandomStateHook, StageHook, TimeBudgetHook,
                                 check_body_model, check_weights)
from mmarts.models.data_preprocessor import WindowPreprocessor
from mmarts.registry import HOOKS, MODELS
from mmarts.structures import MeshDataSample
from mmarts.utils import config_path


class Staged:
    """Stands for a model with stages."""

    stage = 'lifter'
    frame_step = 4

    def set_stage(self, stage):
        self.stage = stage


def make_runner(**kwargs):
    return SimpleNamespace(
        logger=logging.getLogger(__name__), rank=0, **kwargs)


@pytest.mark.parametrize('name', [
    'AtomicCheckpointHook', 'CheckpointMetaHook', 'DenseFramesHook',
    'MeshVisualizationHook', 'PaddingHook', 'RandomStateHook', 'StageHook',
    'TimeBudgetHook'
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


@pytest.mark.parametrize('start', range(9))
def test_dense_frames_come_and_go_when_due_also_after_a_resume(start):
    hooks = DenseFramesHook(begin=2, end=4), DenseFramesHook(begin=6)
    runner, steps = make_runner(model=Staged()), []
    for hook in hooks:
        hook.before_train(runner)
    for runner.iter in range(start, 9):
        for hook in hooks:
            hook.before_train_iter(runner, runner.iter)
        steps.append(runner.model.frame_step)
    assert steps == [4, 4, 1, 1, 4, 4, 1, 1, 1][start:]


def test_time_budget_stops_in_time_and_decays(monkeypatch):
    clock = [100.]
    monkeypatch.setattr(time, 'monotonic', lambda: clock[0])
    groups = [dict(lr=1.0), dict(lr=0.5)]
    runner = make_runner(
        optim_wrapper=SimpleNamespace(param_groups=groups),
        train_loop=SimpleNamespace(stop_training=False))
    hook, rates = TimeBudgetHook(seconds=8), []
    hook.before_train(runner)
    while not runner.train_loop.stop_training:
        clock[0] += 1
        hook.after_train_iter(runner, 0)
        rates.append(groups[0]['lr'])
        assert groups[1]['lr'] == pytest.approx(0.5 * rates[-1])
    assert len(rates) == 8
    assert rates == sorted(rates, reverse=True)
    assert rates[0] > 0.9 and rates[-1] == pytest.approx(0, abs=1e-12)


def test_time_budget_goes_on_after_a_resume():
    groups = [dict(lr=1.0)]
    runner = make_runner(
        _resume=True,
        optim_wrapper=SimpleNamespace(param_groups=groups),
        train_loop=SimpleNamespace(stop_training=False))
    first, second, checkpoint = TimeBudgetHook(60), TimeBudgetHook(60), {}
    first.before_train(runner)
    first.start -= 30  # half of the budget
    first.after_train_iter(runner, 0)
    assert groups[0]['lr'] == pytest.approx(0.5, abs=1e-2)
    first.before_save_checkpoint(runner, checkpoint)
    second.after_load_checkpoint(runner, checkpoint)
    second.before_train(runner)
    second.after_train_iter(runner, 0)
    # Not half of the rate that was halved already, nor all of it anew.
    assert groups[0]['lr'] == pytest.approx(0.5, abs=1e-2)
    assert not runner.train_loop.stop_training
    second.start -= 30
    second.after_train_iter(runner, 0)
    assert runner.train_loop.stop_training


def draws():
    """A number of every generator."""
    return (torch.rand(1).item(), np.random.rand(), np.random.normal(),
            random.random(), random.gauss(0, 1))


def make_resumable():
    return make_runner(
        _resume=True, seed=0, train_dataloader=SimpleNamespace())


def test_random_numbers_go_on_from_a_checkpoint(tmp_path):
    hook, runner, checkpoint = RandomStateHook(), make_resumable(), {}
    draws()
    hook.before_checkpoint(runner)
    hook.before_save_checkpoint(runner, checkpoint)
    expected = [draws() for _ in range(3)]
    torch.save(checkpoint, tmp_path / 'state.pth')
    checkpoint = torch.load(tmp_path / 'state.pth', weights_only=True)
    hook = RandomStateHook()
    hook.after_load_checkpoint(runner, checkpoint)
    hook.before_train_epoch(runner)
    assert [draws() for _ in range(3)] == expected
    hook.before_train_epoch(runner)  # of the next epoch
    assert draws() not in expected


@pytest.mark.gpu
def test_random_numbers_of_the_gpu_go_on(tmp_path):
    hook, runner, checkpoint = RandomStateHook(), make_resumable(), {}
    hook.before_checkpoint(runner)
    hook.before_save_checkpoint(runner, checkpoint)
    expected = torch.rand(9, device='cuda')
    torch.save(checkpoint, tmp_path / 'state.pth')
    # As MMEngine loads it.
    checkpoint = torch.load(
        tmp_path / 'state.pth', map_location='cuda', weights_only=True)
    hook.after_load_checkpoint(runner, checkpoint)
    hook.before_train_epoch(runner)
    assert torch.equal(torch.rand(9, device='cuda'), expected)


def test_validation_does_not_change_the_random_numbers_of_training():
    hook, runner, checkpoint = RandomStateHook(), make_resumable(), {}
    state = torch.get_rng_state()
    expected = draws()
    set_back = torch.get_rng_state()
    torch.set_rng_state(state)
    random.seed(1), np.random.seed(1)
    hook.before_val(runner)
    draws()
    # The best checkpoint is written within a validation.
    hook.before_checkpoint(runner)
    hook.before_save_checkpoint(runner, checkpoint)
    hook.after_val(runner)
    assert torch.equal(checkpoint['random_state'][0]['torch'], state)
    assert draws()[0] == expected[0]
    assert torch.equal(torch.get_rng_state(), set_back)


def test_workers_seeds_are_not_drawn_from_training():
    loader = DataLoader(range(4))
    hook = RandomStateHook()
    hook.before_train(make_runner(seed=0, train_dataloader=loader))
    before = torch.get_rng_state()
    iter(loader)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize('size, processes, batch_size', [
    (7, 3, 2),
    (8, 2, 3),
    (5, 2, 1),
    (6, 1, 4),
])
def test_padding_counts_every_sample_once(size, processes, batch_size,
                                          monkeypatch):
    seen = []
    for rank in range(processes):
        monkeypatch.setattr(sampler, 'get_dist_info', lambda:
                            (rank, processes))
        loader = DataLoader(
            range(size),
            batch_size,
            sampler=sampler.DefaultSampler(range(size), seed=0),
            collate_fn=list)
        runner = make_runner(train_dataloader=loader)
        for epoch in range(2):
            for i, indices in enumerate(loader):
                samples = [with_target(index) for index in indices]
                copies = dict(data_samples=list(samples))
                PaddingHook().before_train_iter(runner,
                                                i + epoch * len(loader),
                                                copies)
                seen += [
                    s.index for s in copies['data_samples']
                    if s.betas_valid.all()
                ]
                # The dataset may keep its samples.
                assert all(s.betas_valid.all() for s in samples)
    assert sorted(seen) == sorted(2 * list(range(size)))


def with_target(index):
    sample = MeshDataSample(metainfo=dict(index=index))
    sample.set_target('betas', torch.zeros(3, 10))
    return sample


def test_leftovers_of_a_kill_are_removed_and_nothing_else(tmp_path):
    for name in ('.iter_3.part.pth', 'iter_3.pth', '.hidden.pth', 'a.part'):
        (tmp_path / name).touch()
    hook = AtomicCheckpointHook(interval=1, by_epoch=False)
    hook.before_train(make_runner(work_dir=str(tmp_path)))
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        '.hidden.pth', 'a.part', 'iter_3.pth'
    ]


def test_body_check_names_both():
    check_body_model('a-1', 'a-1')
    with pytest.raises(ValueError, match='"a-1".*"b-2"'):
        check_body_model('a-1', 'b-2')


def test_weights_check_names_the_first_difference():
    model = nn.Linear(3, 2)
    ours = model.state_dict()
    check_weights(dict(ours), model)
    with pytest.raises(ValueError, match=r'1 weights .* weight: \(3, 2\)'):
        check_weights(dict(ours, weight=torch.zeros(3, 2)), model)
    with pytest.raises(ValueError, match='weight: missing'):
        check_weights(dict(bias=ours['bias']), model)


def older(state: dict, unit: float) -> dict:
    """The same weights as files had them first: no blending of frames, and a
    shape fitter that counts in metres."""
    state = {k: v for k, v in state.items() if '.blend.' not in k}
    for name, factor in (('weight', unit), ('bias', 1.)):
        value = state.pop(f'shape_fitter.to_betas.{name}')
        state[f'shape_fitter.linear.{name}'] = value.float() / factor
    return state


def test_weights_that_ship_and_older_ones_fit_the_config_of_today():
    cfg = Config.fromfile(config_path('arts/arts-tiny_freemotion.py'))
    dataset = FreeMotion('test', views=1, stride=64)
    batch = WindowPreprocessor()(
        pseudo_collate([dataset[i] for i in range(8)]))
    model, found = MODELS.build(cfg.model), []
    ships = load_checkpoint(DEFAULT_CHECKPOINT)['state_dict']
    for state in (ships, older(ships, model.shape_fitter.unit)):
        check_weights(state, model)
        model.load_state_dict(state)
        found.append(model.outputs(batch['inputs']))
    # Read with another unit betas would be fifty times as large.
    now, before = (out['betas'] for out in found)
    assert 0.05 < now.abs().mean() < 1.5
    torch.testing.assert_close(now, before, atol=1e-3, rtol=1e-3)
    assert (found[0]['body_pose'] - found[1]['body_pose']).abs().max() > 1e-3


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
