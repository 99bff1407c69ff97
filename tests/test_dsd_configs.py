# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Every config of DSD-SATN: built small, trained one step."""
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import build_optim_wrapper
from toy_pictures import toy_pictures

from mmarts.annotations.annotation_file import AnnotationFile
from mmarts.annotations.annotation_writer import write_annotations
from mmarts.body_models import SMPL
from mmarts.registry import DATA_SAMPLERS, DATASETS, METRICS, MODELS
from mmarts.structures import check_sample

ROOT = Path(__file__).parents[1]
CONFIGS = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / 'configs' / 'dsd_satn').rglob('*.py'))
RELEASE = [c for c in CONFIGS if 'release' in c]
# Of a package that not everybody has: tests/test_models/test_mmpose_parts.py.
MMPOSE = [c for c in CONFIGS if 'mmpose' in c]
TRAINED = [c for c in CONFIGS if c not in RELEASE + MMPOSE]
SIDE, DIM = 64, 16
SKELETON = 4  # of the numbers that stand for what BlazePose sees


@pytest.fixture(scope='module')
def data_root(tmp_path_factory, toy_file):
    """A folder with ``data/`` as the configs want it, of a toy."""
    root = tmp_path_factory.mktemp('dsd')
    toy = root / 'toy'
    arrays = toy_pictures(toy, SMPL(toy_file), 12, size=40)
    for kind, dim in (('dsd', DIM), ('pooled', DIM)):
        feat = np.random.default_rng(0).normal(size=(12, dim)).astype('f4')
        write_annotations(
            toy / f'train_{kind}.mmarts',
            dict(arrays, feat=feat, action=np.array(['walk'] * 12)),
            source='a toy')
    for name, kind in (('test', ''), ('test_dsd', '_dsd'),
                       ('validation_dsd', '_dsd'), ('train_blazepose', '_dsd'),
                       ('test_blazepose', '_dsd')):
        (toy / f'{name}.mmarts').symlink_to(toy / f'train{kind}.mmarts')
    (root / 'data').mkdir()
    for name in ('h36m-lsp', 'mpii', 'lsp', 'lspet', 'aic', 'penn_action',
                 '3dpw', 'freemotion_clips', 'freemotion_images'):
        (root / 'data' / name).symlink_to(toy)
    return root


def pointed_at_the_toy(dataset):
    """The dataset's config, small and with the toy's pictures."""
    if 'groups' in dataset:
        dataset.groups = {
            name: [
                pointed_at_the_toy(d)
                for d in (group if isinstance(group, list) else [group])
            ]
            for name, group in dataset.groups.items()
        }
        dataset.sizes = dict.fromkeys(dataset.sizes, 1)
    elif 'datasets' in dataset:
        dataset.datasets = [pointed_at_the_toy(d) for d in dataset.datasets]
    else:
        dataset.pop('image_root', None)
        if dataset.type != 'FeatureClips':
            dataset.crop_size = SIDE
    return dataset


def shrunk(model, toy_file=None, drawn=False):
    """The same parts with few channels; nothing is loaded."""
    if toy_file and not drawn:
        model.body_model = dict(type='SMPL', model_path=toy_file)
    if model.discriminator:
        model.discriminator.update(joint_dim=4, pose_dim=8)
    frame = model.network if model.type == 'DSD' else model.get(
        'frame_network')
    if frame:
        frame.init_cfg = None
        shrink_frame_network(frame)
    if model.type == 'SATN':
        dim = DIM
        if frame and frame.get('head', True) is None:
            dim = DIM - SKELETON
        if model.network.encoder:
            model.network.encoder.update(dim=dim, hidden_dim=8, num_heads=2)
        model.network.tcn.update(in_dim=dim, dim=8)
        model.head.in_dim = 8
        if model.order_head:
            model.order_head.update(in_dim=dim)
    return model


def shrink_frame_network(frame):
    if frame.type == 'SkeletonDetailReader':
        frame.update(num_joints=SKELETON // 2, trunk=None)
        if frame.head:
            frame.head.update(
                num_joints=SKELETON // 2,
                in_dim=DIM - SKELETON,
                detail_dim=8,
                out_dim=DIM)
        if frame.get('parameter_head'):
            frame.parameter_head.update(in_dim=DIM)
        return
    frame.backbone.update(blocks=(1, 1, 1, 1), base_channels=4, init_cfg=None)
    frame.heatmap_head.update(in_channels=128, channels=8)
    frame.head.update(in_dim=128, detail_dim=8, out_dim=DIM)
    frame.parameter_head.update(in_dim=DIM)


@pytest.fixture(scope='module')
def made():
    """Samples by their dataset's config: drawing pictures takes long."""
    return {}


def first_two(loader, made):
    """Two samples of a loader's dataset, checked."""
    dataset = pointed_at_the_toy(loader.dataset)
    key = str(dataset.to_dict())
    if key not in made:
        data = DATASETS.build(dataset)
        sampler = DATA_SAMPLERS.build(
            loader.sampler, default_args=dict(dataset=data, seed=0))
        made[key] = [data[i] for i, _ in zip(sampler, range(2))]
    for item in made[key]:
        check_sample(item['data_samples'])
    return made[key]


@pytest.mark.parametrize('config', CONFIGS)
def test_it_says_what_it_is_and_how_it_is_tested(config):
    cfg = Config.fromfile(ROOT / config)
    assert (ROOT / config).read_text().startswith('"""')
    assert cfg.model.body_model == cfg.body_model
    for evaluator in cfg.get('test_evaluator', []):
        assert evaluator.body_model == cfg.body_model
        METRICS.build(evaluator)


@pytest.mark.parametrize('config', TRAINED)
def test_it_trains_network_and_discriminator_by_one_step(
        config, data_root, monkeypatch, toy_file, made):
    monkeypatch.chdir(data_root)
    cfg = Config.fromfile(ROOT / config)
    items = first_two(cfg.train_dataloader, made)
    drawn = cfg.train_dataloader.dataset.type == 'FreeMotionImages'
    model = MODELS.build(shrunk(cfg.model, toy_file, drawn))
    optim_wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    before = {k: v.clone() for k, v in model.named_parameters()}
    losses = model.train_step(pseudo_collate(items), optim_wrapper)
    assert losses['loss'].isfinite() and losses['loss'] > 0
    moved = {
        name.split('.')[0]
        for name, value in model.named_parameters()
        if not torch.equal(value, before[name])
    }
    assert {'network', 'discriminator'} <= moved
    assert 'frame_network' not in moved
    assert ('loss_order' in losses) == bool(cfg.model.losses.get('order'))
    weights = {k: v.loss_weight for k, v in cfg.model.losses.items() if v}
    assert weights.items() >= dict(
        pose=20., joint=60., keypoints2d=10., adversarial=0.6).items()


def test_all_of_3dpw_is_one_row_a_split(data_root, monkeypatch, toy_file):
    monkeypatch.chdir(data_root)
    cfg = Config.fromfile(ROOT / 'configs/dsd_satn/satn_3dpw-all.py')
    data = DATASETS.build(pointed_at_the_toy(cfg.test_dataloader.dataset))
    model = MODELS.build(shrunk(cfg.model, toy_file)).eval()
    metric = METRICS.build(
        dict(
            cfg.test_evaluator[0],
            body_model=model.body_model,
            target_bodies=[]))
    with torch.no_grad():
        for item in (data[i] for i in range(len(data))):
            metric.process(None, [
                sample.to_dict()
                for sample in model.test_step(pseudo_collate([item]))
            ])
    values = metric.evaluate(len(data))
    assert {k.split('/')[-1]
            for k in values} >= {'3dpw-train', '3dpw-validation', '3dpw-test'}


def test_motion_is_measured_per_action_a_frame_and_a_second(
        data_root, monkeypatch, toy_file):
    monkeypatch.chdir(data_root)
    cfg = Config.fromfile(ROOT / 'configs/dsd_satn/satn_h36m.py')
    data = DATASETS.build(pointed_at_the_toy(cfg.test_dataloader.dataset))
    model = MODELS.build(shrunk(cfg.model, toy_file)).eval()
    for evaluator, name in zip(cfg.test_evaluator[1:], ('mpjve', 'accel')):
        metric = METRICS.build(dict(evaluator, body_model=model.body_model))
        with torch.no_grad():
            for item in (data[i] for i in range(len(data))):
                metric.process(None, [
                    sample.to_dict()
                    for sample in model.test_step(pseudo_collate([item]))
                ])
        values = metric.evaluate(len(data))
        power = '2' if name == 'accel' else ''
        a_frame, a_second = (
            values[f'motion/{name}_mm_per_{unit}{power}_30fps/walk']
            for unit in ('frame', 's'))
        factor = 30**(2 if power else 1)
        assert abs(a_second / a_frame / factor - 1) < 1e-6


@pytest.mark.robustness
def test_a_file_without_features_is_named(data_root, monkeypatch):
    monkeypatch.chdir(data_root)
    cfg = Config.fromfile(ROOT / 'configs/dsd_satn/satn_h36m.py')
    dataset = pointed_at_the_toy(cfg.train_dataloader.dataset)
    dataset.ann_file = 'data/h36m-lsp/train.mmarts'
    with pytest.raises(ValueError, match='extract_features'):
        DATASETS.build(dataset)
    assert 'feat' not in AnnotationFile(dataset.ann_file).arrays


@pytest.mark.robustness
def test_a_missing_backbone_is_named(toy_file):
    cfg = Config.fromfile(ROOT / 'configs/dsd_satn/dsd_h36m.py')
    model = shrunk(cfg.model, toy_file)
    model.network.backbone.init_cfg = Config.fromfile(
        ROOT / 'configs/dsd_satn/dsd_h36m.py').model.network.backbone.init_cfg
    with pytest.raises(FileNotFoundError, match='pose_resnet_50_256x256'):
        MODELS.build(model).init_weights()
