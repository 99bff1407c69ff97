# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A killed and resumed run ends where an uninterrupted one does."""
import signal

import pytest
import torch
from tool_process import run_processes

from mmarts.compat.safe_load import load_checkpoint

# Dropout asks for random numbers in training, validation in between; only
# one checkpoint is kept.
MORE = """
model['lifter']['dropout'] = 0.2
default_hooks['checkpoint'] = dict(max_keep_ckpts=1, interval={interval})
custom_hooks = [{hooks}]
train_cfg = dict({loop})
"""
# Scaled to 12 steps: the last 4 of stage 'full', every 3 a checkpoint and
# validation.
ITERATIONS = dict(
    interval=3000,
    loop='max_iters=12_000, val_begin=1, val_interval=3000',
    hooks="dict(type='StageHook', begin=8000),")
# 3 epochs of 4 steps; 7 samples for 2 processes, so that one is repeated.
EPOCHS = dict(
    interval=1, loop='_delete_=True, by_epoch=True, max_epochs=3', hooks='')
EPOCHS_MORE = """
default_hooks['checkpoint']['by_epoch'] = True
param_scheduler = None
train_dataloader.update(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True))
train_dataloader['dataset']['count'] = 7
"""
STATE = ('state_dict', 'optimizer', 'param_schedulers', 'random_state')


def train(work_dir, write, by_epoch=False, kill=None, count=1, resume=False):
    """Exit codes of a run, and the name of its last checkpoint."""
    values = dict(EPOCHS if by_epoch else ITERATIONS)
    if kill:
        words = ', '.join(f'{k}={v!r}' for k, v in kill.items())
        values['hooks'] += f"dict(type='KillHook', {words})"
    config = write(MORE.format(**values) + (EPOCHS_MORE if by_epoch else ''))
    args = [config, *([] if by_epoch else ['--max-iters', 12])]
    codes = run_processes('train', args + ['--resume'] * resume, work_dir,
                          count)
    return codes, work_dir / ('epoch_3.pth' if by_epoch else 'iter_12.pth')


def log(work_dir):
    return (work_dir / 'log_0.txt').read_text()


def assert_same(one, other):
    """Tensors and plain values, to the last bit."""
    assert type(one) is type(other)
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for pair in zip(one, other):
            assert_same(*pair)
    elif torch.is_tensor(one):
        assert torch.equal(one, other)
    else:
        assert one == other


@pytest.fixture(scope='module')
def whole(small_config, tmp_path_factory):
    """``whole(by_epoch, count) -> checkpoint`` of an uninterrupted run."""
    done = {}

    def run(*key):
        if key not in done:
            work_dir = tmp_path_factory.mktemp('whole')
            by_epoch, count = key
            codes, last = train(
                work_dir, small_config, by_epoch=by_epoch, count=count)
            assert codes == [0] * count, log(work_dir)
            done[key] = load_checkpoint(last)
        return done[key]

    return run


def check(work_dir, write, whole, resumed, count=1, by_epoch=False, **kill):
    """Kill, resume, compare with the run that was not killed."""
    common = dict(write=write, by_epoch=by_epoch, count=count)
    codes, last = train(work_dir, kill=kill, **common)
    assert codes[kill.get('rank', 0)] == -signal.SIGKILL, log(work_dir)
    assert not last.exists()
    for path in work_dir.glob('[a-z]*.pth'):  # whole, or not there
        load_checkpoint(path)
    codes, _ = train(work_dir, resume=True, **common)
    assert codes == [0] * count, log(work_dir)
    came_back = f'iter: {resumed}' in log(work_dir)
    assert came_back == (resumed > 0), log(work_dir)
    checkpoint = load_checkpoint(last)
    for key in STATE:
        assert_same(checkpoint.get(key), whole(by_epoch, count).get(key))
    assert list(work_dir.glob('*.pth')) == [last]
    assert not list(work_dir.glob('.*.part*'))


@pytest.mark.parametrize('moment, at, resumed', [
    ('writing', 6, 3),
    pytest.param('step', 11, 9, marks=pytest.mark.slow),
    pytest.param('step', 2, 0, marks=pytest.mark.slow),
    pytest.param('written', 6, 3, marks=pytest.mark.slow),
    pytest.param('pointing', 9, 6, marks=pytest.mark.slow),
])
def test_one_process(whole, small_config, tmp_path, moment, at, resumed):
    check(tmp_path, small_config, whole, resumed, moment=moment, at=at)


@pytest.mark.slow
@pytest.mark.parametrize('rank', [0, 1])
def test_two_processes(whole, small_config, tmp_path, rank):
    check(
        tmp_path,
        small_config,
        whole,
        6,
        count=2,
        moment='step',
        at=7,
        rank=rank)


@pytest.mark.slow
@pytest.mark.parametrize('count, at, resumed', [(1, 9, 7), (2, 5, 4)])
def test_epochs(whole, small_config, tmp_path, count, at, resumed):
    check(
        tmp_path,
        small_config,
        whole,
        resumed,
        count=count,
        by_epoch=True,
        moment='step',
        at=at)
