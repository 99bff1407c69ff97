# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Configs of networks of pictures: original files, converted as docs/data.md
says, trained on for a step, and measured.

Networks are small; of a config's data nothing is changed.
"""
from itertools import accumulate

import numpy as np
import pytest
import test_dsd_configs as dsd
import test_int_configs as int_hmr
import test_pointhmr_configs as pointhmr
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.evaluator import Evaluator
from mmengine.optim import build_optim_wrapper
from real_data import ROOT, RealData

from mmarts.registry import DATA_SAMPLERS, DATASETS, METRICS, MODELS
from mmarts.structures import check_sample

pytest.importorskip('xtcocotools')

# Config -> values that it must give. The first is in the default suite.
QUICK = {'pointhmr/pointhmr_3dpw.py': ('vertices/mpvpe', 'joints3d/pa_mpjpe')}
INT = ('joints3d/mpjpe', 'vertices/mpvpe', 'motion/accel_mm_per_s2_30fps')
SLOW = {
    'pointhmr/pointhmr_h36m.py': ('vertices/mpvpe', 'joints3d/pa_mpjpe'),
    'int_hmr/int_phase1_mix.py':
    INT,
    'int_hmr/int_phase2_mix.py':
    INT,
    'int_hmr/int_phase3_3dpw-h36m.py':
    INT,
    'int_hmr/int-release_phase1_mix.py':
    INT,
    'int_hmr/int-release_phase2_mix.py':
    INT,
    'int_hmr/int-release_phase3_3dpw-h36m.py':
    INT,
    'dsd_satn/dsd_h36m.py':
    ('joints3d/pa_mpjpe/WalkDog', 'motion/mpjve_mm_per_frame_10fps'),
    'dsd_satn/satn_h36m.py':
    ('joints3d/pa_mpjpe/WalkDog', 'motion/accel_mm_per_frame2_10fps'),
    'dsd_satn/satn_3dpw-all.py': [
        f'joints3d/pa_mpjpe/3dpw-{split}'
        for split in ('train', 'validation', 'test')
    ]
}


@pytest.fixture(scope='module')
def real_data(tmp_path_factory, call_tool):
    return RealData(tmp_path_factory.mktemp('real'), call_tool, dsd.DIM)


def small(cfg):
    """The config's network with few channels, for its own pictures."""
    if cfg.model.type == 'PointHMR':
        return pointhmr.small(cfg, cfg.model.body_model, num_grid=49)
    body = cfg.model.body_model
    shrink = dsd.shrunk if 'SATN' in cfg.model.type or 'DSD' in (
        cfg.model.type) else int_hmr.shrunk
    model = shrink(cfg.model)
    model.body_model = body
    if 'tokens' in model:
        model.tokens.image_size = 224
        # Fewer channels, and PyTorch 2.13 corrupts its memory at this size.
        model.tokens.cnn.update(stem_dim=16, stage_dims=(32, 32, 32), groups=8)
    return MODELS.build(model)


def first_of_each_group(loader):
    """One or two samples of every group of a batch, in their order."""
    data = DATASETS.build(loader.dataset)
    sampler = DATA_SAMPLERS.build(
        loader.sampler, default_args=dict(dataset=data, seed=0))
    sizes = getattr(data, 'sizes', (loader.batch_size, ))
    assert sum(sizes) == loader.batch_size
    starts = [0, *accumulate(sizes)]
    wanted = {s + i for s, n in zip(starts, sizes) for i in range(min(n, 2))}
    order = [i for i, _ in zip(sampler, range(loader.batch_size))]
    return [data[i] for n, i in enumerate(order) if n in wanted]


def check(config, names, real_data, monkeypatch):
    monkeypatch.setenv('MMARTS_BODY_MODELS',
                       str(real_data.root / 'data' / 'body_models'))
    cfg = Config.fromfile(ROOT / 'configs' / config)
    real_data.make(cfg)
    monkeypatch.chdir(real_data.root)

    model = small(cfg)
    items = first_of_each_group(cfg.train_dataloader)
    for item in items:
        check_sample(item['data_samples'])
    losses = model.train_step(
        pseudo_collate(items), build_optim_wrapper(model, cfg.optim_wrapper))
    assert losses['loss'].isfinite() and losses['loss'] > 0

    test = DATASETS.build(cfg.test_dataloader.dataset)
    evaluator = Evaluator([METRICS.build(m) for m in cfg.test_evaluator])
    model.eval()
    picked = range(len(test))
    if len(test) > 32:
        # The start, where frames follow each other, and some of everything.
        spread = np.linspace(0, len(test) - 1, 6).astype(int).tolist()
        picked = sorted({*range(8), *spread})
    with torch.no_grad():
        for i in picked:
            evaluator.process(model.test_step(pseudo_collate([test[i]])))
    values = evaluator.evaluate(len(picked))
    missing = [n for n in names if not np.isfinite(values.get(n, np.nan))]
    assert not missing, (missing, values)


@pytest.mark.parametrize('config', QUICK)
def test_a_config_reads_real_files(config, real_data, monkeypatch):
    check(config, QUICK[config], real_data, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize('config', SLOW)
def test_every_config_reads_real_files(config, real_data, monkeypatch):
    check(config, SLOW[config], real_data, monkeypatch)
