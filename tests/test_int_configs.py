# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Every config of INT: parsed, built small, trained one step on toy data."""
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import build_optim_wrapper
from toy_pictures import toy_pictures

from mmarts.body_models import SMPL
from mmarts.models.losses import FrobeniusNormLoss
from mmarts.registry import DATA_SAMPLERS, DATASETS, METRICS, MODELS
from mmarts.structures import check_sample

ROOT = Path(__file__).parents[1]
CONFIGS = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / 'configs' / 'int_hmr').rglob('*.py')
    if path.stem != 'int_release')
WRITTEN = [c for c in CONFIGS if 'blazepose' in c]
FREE = [c for c in CONFIGS if 'freemotion' in c and c not in WRITTEN]
REAL = [c for c in CONFIGS if c not in FREE + WRITTEN]
DIM, SIDE = 48, 32


@pytest.fixture(scope='module')
def data_root(tmp_path_factory, toy_file):
    """A folder with ``data/`` as the configs want it, of a toy."""
    root = tmp_path_factory.mktemp('int')
    toy_pictures(root / 'toy', SMPL(toy_file), 140, size=40)
    for name in ('3dpw', '3dpw-neutral', 'h36m', 'mpi-inf-3dhp', 'coco',
                 'lspet', 'mpii', 'insta', 'posetrack18', 'penn_action'):
        (root / 'data').mkdir(exist_ok=True)
        (root / 'data' / name).symlink_to(root / 'toy')
    for split in ('test', 'train2014'):
        (root / 'toy' / f'{split}.mmarts').symlink_to(root / 'toy' /
                                                      'train.mmarts')
    return root


@pytest.fixture(scope='module')
def written(tmp_path_factory, free_body):
    """Pictures of the free body, and what was kept of them."""
    root = tmp_path_factory.mktemp('written')
    rng = np.random.default_rng(0)
    for folder, split, kept in (('freemotion_images', 'train_c5', 8 * 8 * 288),
                                ('freemotion_images', 'test_c5', 8 * 8 * 288),
                                ('int_clips', 'train_tokens', 26 * DIM)):
        feat = rng.normal(size=(40, kept)).astype(np.float32)
        toy_pictures(
            root / 'data' / folder, free_body, 40, 40, split=split, feat=feat)
    # Features of another network are not read where there are pictures.
    toy_pictures(
        root / 'data/int_clips',
        free_body,
        40,
        40,
        split='test',
        feat=np.zeros((40, 3), np.float32))
    return root


def pointed_at_the_toy(dataset):
    """The dataset's config, its pictures in the toy's folder and small."""
    if dataset.type == 'GroupedDataset':
        dataset.groups = {
            name:
            list(map(pointed_at_the_toy, group))
            if isinstance(group, list) else pointed_at_the_toy(group)
            for name, group in dataset.groups.items()
        }
    elif dataset.type == 'FeatureClips':
        pass
    elif dataset.type == 'FreeMotionImages':
        dataset.crop_size = SIDE
        dataset.num_frames = min(dataset.get('num_frames', 1), 2)
        dataset.interval = 1
    else:
        dataset.image_root, dataset.crop_size = None, SIDE
    return dataset


def shrunk(model, toy_file=None):
    """The same parts with few channels; nothing is loaded."""
    if toy_file:
        model.body_model = dict(type='SMPL', model_path=toy_file)
    model.tokens.update(
        dim=DIM, depth=1, num_heads=4, image_size=SIDE, init_cfg=None)
    if model.tokens.cnn.type == 'HybridResNet':
        model.tokens.cnn.update(
            stem_dim=8, stage_dims=(8, 8, 8), depths=(1, 1, 1), groups=2)
    model.heads.update(dim=DIM)
    if model.temporal:
        model.temporal.update(dim=DIM, depth=1, num_heads=4)
    return model


@pytest.mark.parametrize('config', CONFIGS)
def test_it_says_what_it_is_and_how_it_is_tested(config):
    cfg = Config.fromfile(ROOT / config)
    assert (ROOT / config).read_text().startswith('"""')
    assert cfg.model.body_model == cfg.body_model
    for evaluator in cfg.test_evaluator:
        assert evaluator.body_model == cfg.body_model
        METRICS.build(evaluator)


def first_items(dataset, sampler, made={}):
    """The first samples; many configs have the same."""
    key = repr((dataset, sampler))
    if key not in made:
        data = DATASETS.build(dataset)
        order = DATA_SAMPLERS.build(
            sampler, default_args=dict(dataset=data, seed=0))
        made[key] = [data[i] for i, _ in zip(order, range(sum(data.sizes)))]
        for item in made[key]:
            check_sample(item['data_samples'])
    return made[key]


def check_step(cfg, largest, toy_file=None):
    """One step with at most so many samples of each group."""
    loader = cfg.train_dataloader
    sizes = loader.dataset.sizes
    assert loader.batch_size == sum(sizes.values())
    loader.dataset.sizes = {k: min(n, largest) for k, n in sizes.items()}
    items = first_items(pointed_at_the_toy(loader.dataset), loader.sampler)
    model = MODELS.build(shrunk(cfg.model, toy_file))
    optim_wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    losses = model.train_step(pseudo_collate(items), optim_wrapper)
    assert losses['loss'].isfinite() and losses['loss'] > 0
    assert ('loss_velocity' in losses) == bool(cfg.model.losses.velocity)
    return model


@pytest.mark.parametrize('config', REAL)
def test_it_trains_a_step_once_its_files_are_there(config, data_root,
                                                   monkeypatch, toy_file):
    monkeypatch.chdir(data_root)
    check_step(Config.fromfile(ROOT / config), 2, toy_file)


@pytest.mark.parametrize('config', FREE)
def test_what_is_rendered_trains_a_step_and_is_tested(config):
    cfg = Config.fromfile(ROOT / config)
    model = check_step(cfg, 1)
    if 'phase3' in config and 'tiny' in config:
        data = DATASETS.build(pointed_at_the_toy(cfg.test_dataloader.dataset))
        metric = METRICS.build(cfg.test_evaluator[0])
        with torch.no_grad():
            samples = model.eval().test_step(pseudo_collate([data[0]]))
        metric.process(None, [sample.to_dict() for sample in samples])
        assert metric.evaluate(1)['joints3d/pa_mpjpe'] > 1


@pytest.mark.parametrize('config', WRITTEN)
def test_what_was_kept_trains_a_step_and_is_tested(config, written,
                                                   monkeypatch):
    monkeypatch.chdir(written)
    cfg = Config.fromfile(ROOT / config)
    model = MODELS.build(shrunk(cfg.model)).train()
    data = DATASETS.build(cfg.train_dataloader.dataset)
    items = pseudo_collate([data[0], data[1]])
    optim_wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    before = model.tokens.joint_tokens.clone()
    assert model.train_step(items, optim_wrapper)['loss'].isfinite()
    # The base model learns in the first phase alone.
    assert torch.equal(model.tokens.joint_tokens, before) == ('phase1'
                                                              not in config)
    data = DATASETS.build(cfg.test_dataloader.dataset)
    with torch.no_grad():
        samples = model.eval().test_step(pseudo_collate([data[0]]))
    metric = METRICS.build(cfg.test_evaluator[0])
    metric.process(None, [sample.to_dict() for sample in samples])
    assert metric.evaluate(1)['joints3d/pa_mpjpe'] > 1


@pytest.mark.parametrize('config', [c for c in REAL if 'table4' in c])
def test_128_frames_are_seen_once_whatever_the_length(config, data_root,
                                                      monkeypatch):
    monkeypatch.chdir(data_root)
    data = DATASETS.build(
        pointed_at_the_toy(
            Config.fromfile(ROOT / config).test_dataloader.dataset))
    frames = [
        data[i]['data_samples'].frame_index for i in range(data.interval)
    ]
    assert sorted(np.concatenate(frames)) == list(range(128))


def test_phases_follow_each_other_and_weigh_as_the_paper_says():
    weights, loaded = [], []
    for stem in ('int_phase1_mix', 'int_phase2_mix', 'int_phase3_3dpw-h36m'):
        cfg = Config.fromfile(ROOT / 'configs' / 'int_hmr' / f'{stem}.py')
        weights.append({
            name: loss.loss_weight
            for name, loss in cfg.model.losses.items() if loss
        })
        loaded.append(cfg.load_from)
    common = dict(pose=60., shape=0.06, joint=600., keypoints2d=300., norm=1.)
    assert weights == [common, common, dict(common, norm=0.01, velocity=600.)]
    assert loaded[0] is None and 'int_phase1_mix/' in loaded[1]
    assert 'int_phase2_mix/' in loaded[2]


def test_the_release_has_its_own_losses(toy_file):
    cfg = Config.fromfile(ROOT / 'configs/int_hmr/int_release.py')
    model = MODELS.build(shrunk(cfg.model, toy_file))
    assert isinstance(model.losses['norm'], FrobeniusNormLoss)
    names = model.loss_root
    assert len(names) == 2 and model.merge == 'weighted-by-frames'


def test_a_registered_cnn_of_any_size_can_look(toy_file):
    cfg = Config.fromfile(ROOT / 'configs/int_hmr/int_release.py')
    model = shrunk(cfg.model, toy_file)
    model.tokens.cnn = dict(type='ResNet', blocks=(1, 1, 1), base_channels=4)
    tokens = MODELS.build(model).tokens
    joints, *_ = tokens(torch.randn(1, 2, 3, SIDE, 2 * SIDE))
    assert joints.shape == (1, 2, 24, DIM)
