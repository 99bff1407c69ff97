# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
from pathlib import Path

import pytest
from mmengine.config import Config

from mmarts.engine import scale_schedule

ROOT = Path(__file__).parents[2]


def make(max_iters=1000):
    return Config(
        dict(
            train_cfg=dict(max_iters=max_iters, val_interval=500),
            param_scheduler=[
                dict(type='LinearLR', begin=0, end=100),
                dict(type='CosineAnnealingLR', begin=100, end=1000, T_max=900),
                dict(type='MultiStepLR', milestones=[400, 800]),
            ],
            custom_hooks=[
                dict(type='StageHook', begin=600),
                dict(type='DenseFramesHook', begin=400, end=600)
            ],
            default_hooks=dict(checkpoint=dict(interval=250))))


@pytest.mark.parametrize('ratio', [0.5, 1, 3])
def test_everything_keeps_its_share(ratio):
    cfg, old = make(), make()
    scale_schedule(cfg, int(1000 * ratio))
    warmup, cosine, steps = cfg.param_scheduler
    assert cfg.train_cfg.max_iters == 1000 * ratio
    assert cfg.train_cfg.val_interval == 500 * ratio
    assert warmup.end == cosine.begin == 100 * ratio
    assert (cosine.end, cosine.T_max) == (1000 * ratio, 900 * ratio)
    assert steps.milestones == [400 * ratio, 800 * ratio]
    assert cfg.custom_hooks[0].begin == 600 * ratio
    assert cfg.custom_hooks[1].begin == 400 * ratio
    assert cfg.custom_hooks[1].end == 600 * ratio
    assert (cfg.default_hooks.checkpoint.interval ==
            old.default_hooks.checkpoint.interval * ratio)


@pytest.mark.parametrize('max_iters', [1, 2, 3, 6])
@pytest.mark.parametrize('build', [
    make,
    lambda: Config.fromfile(ROOT / 'configs/arts/arts-tiny_freemotion.py')
])
def test_a_few_steps_leave_nothing_empty(build, max_iters):
    cfg = build()
    scale_schedule(cfg, max_iters)
    for scheduler in cfg.param_scheduler:
        if 'end' in scheduler:
            assert 0 <= scheduler.begin < scheduler.end
        assert scheduler.get('T_max', 1) >= 1
    assert cfg.default_hooks.checkpoint.interval >= 1
    assert cfg.train_cfg.get('val_interval', 1) >= 1


def test_epochs_are_refused():
    cfg = Config(dict(train_cfg=dict(max_epochs=3)))
    with pytest.raises(ValueError, match='train_cfg.max_epochs'):
        scale_schedule(cfg, 10)
