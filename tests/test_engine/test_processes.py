# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""One process or two: the same losses, gradients and metrics."""
import json
import os
import subprocess
import sys

import pytest
import torch
from tool_process import ROOT, free_port, run_processes

from mmarts.compat.safe_load import load_checkpoint
from mmarts.datasets import FreeMotion

# Errors are squared here: the sign of an absolute one that flips within
# rounding moves the gradient by several thousandths, on one processor and
# not on the next.
SMOOTH = [
    f'model.losses.{name}.type=MaskedMSELoss'
    for name in ('lift', 'lift_velocity', 'velocity', 'joint', 'mesh')
]
# Half of the steps train the lifter, half everything, at the paper's rate
# (ARTS, 4.2).
ITERATIONS = """
custom_hooks = [dict(type='StageHook', begin=25)]
train_cfg = dict(max_iters=50, val_begin=1, val_interval=50)
train_dataloader['batch_size'] = {batch_size}
optim_wrapper = dict(optimizer=dict(lr=3e-5))
param_scheduler = None
default_hooks['checkpoint'] = dict(interval=50)
"""
# The last batch of an epoch holds one sample; two processes fill it up.
EPOCHS = """
custom_hooks = []
train_cfg = dict(_delete_=True, by_epoch=True, max_epochs=2)
train_dataloader.update(
    batch_size={batch_size},
    sampler=dict(type='DefaultSampler', shuffle=True))
train_dataloader['dataset']['count'] = 21
optim_wrapper = dict(optimizer=dict(lr=3e-5))
param_scheduler = None
default_hooks['checkpoint'] = dict(by_epoch=True, interval=2)
"""


def train(small_config, work_dir, more, count):
    """History of losses, and the metrics of the last validation."""
    config = small_config(more.format(batch_size=4 // count))
    codes = run_processes('train', [config, '--cfg-options', *SMOOTH],
                          work_dir, count)
    assert codes == [0] * count, (work_dir / 'log_0.txt').read_text()
    last = (work_dir / 'last_checkpoint').read_text()
    scalars, = work_dir.glob('*/vis_data/scalars.json')
    return losses_of(last), json.loads(scalars.read_text().splitlines()[-1])


def losses_of(checkpoint):
    scalars = load_checkpoint(checkpoint)['message_hub']['log_scalars']
    return {
        name: values['log']
        for name, values in scalars.items()
        if 'loss' in name or 'grad_norm' in name
    }


def assert_same_losses(one, two, steps):
    assert one.keys() == two.keys() and len(one['train/loss']) == steps
    for name in one:
        # Weights part by rounding from step to step; a mean over what each
        # process has seen alone would be off by percents.
        torch.testing.assert_close(
            two[name],
            one[name],
            rtol=1e-4,
            atol=0,
            msg=lambda text, name=name: f'{name}: {text}')


def assert_same_metrics(one, two):
    """Within a micrometre, or rounding where a value is that large.

    After 50 steps the body still shakes by 170 mm a frame.
    """
    assert one.keys() == two.keys() and 'joints3d/mpjpe' in one
    for name, value in one.items():
        if '/' in name and 'per_s2' not in name:  # those in millimetres
            assert two[name] == pytest.approx(
                value, rel=1e-5, abs=1e-3, nan_ok=True), name


def test_unequal_masks_and_both_stages(small_config, tmp_path):
    (one, of_one), (two, of_two) = [
        train(small_config, tmp_path / str(count), ITERATIONS, count)
        for count in (1, 2)
    ]
    assert len(one) == 9
    assert_same_losses(one, two, steps=50)
    assert_same_metrics(of_one, of_two)


@pytest.mark.slow
def test_epochs_that_do_not_divide(small_config, tmp_path):
    (one, of_one), (two, of_two) = [
        train(small_config, tmp_path / str(count), EPOCHS, count)
        for count in (1, 2)
    ]
    assert_same_losses(one, two, steps=12)
    assert_same_metrics(of_one, of_two)


@pytest.mark.slow
def test_the_scripts_with_the_config_that_ships(tmp_path):
    """Its first 50 steps at its own rates, and a test of odd size."""
    config = 'configs/arts/arts-tiny_freemotion.py'
    options = (*SMOOTH, 'train_cfg.max_iters=50',
               'default_hooks.checkpoint.interval=50')
    run(sys.executable, 'tools/train.py', config, '--work-dir', tmp_path / '1',
        '--cfg-options', 'train_dataloader.batch_size=8', *options)
    run('bash', 'tools/dist_train.sh', config, 2, '--work-dir', tmp_path / '2',
        '--cfg-options', 'train_dataloader.batch_size=4', *options)
    last = tmp_path / '1' / 'iter_50.pth'
    assert_same_losses(
        losses_of(last), losses_of(tmp_path / '2' / 'iter_50.pth'), steps=50)

    stride = next(
        s for s in range(8, 16)
        if len(FreeMotion('test', views=1, stride=s)) % 2)
    options = ('--cfg-options', 'test_dataloader.dataset.views=1',
               f'test_dataloader.dataset.stride={stride}')
    files = [tmp_path / f'{count}.json' for count in (1, 2)]
    run(sys.executable, 'tools/test.py', config, last, '--work-dir', tmp_path,
        '--out', files[0], *options)
    run('bash', 'tools/dist_test.sh', config, last, 2, '--work-dir', tmp_path,
        '--out', files[1], *options)
    one, two = (json.loads(f.read_text()) for f in files)
    assert_same_metrics(one['metrics'], two['metrics'])
    assert two['protocols'][0]['duplicates'] == 1


def run(*command):
    env = dict(
        os.environ,
        PYTHON=sys.executable,
        MASTER_PORT=str(free_port()),
        OMP_NUM_THREADS='1',
        CUDA_VISIBLE_DEVICES='')
    done = subprocess.run([str(c) for c in command],
                          cwd=ROOT,
                          env=env,
                          capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr[-2000:]
