# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Every config of PointHMR: parsed, built small, trained one step."""
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import build_optim_wrapper
from toy_pictures import toy_pictures

from mmarts.annotations import write_annotations
from mmarts.body_models import FreeBody
from mmarts.registry import DATA_SAMPLERS, DATASETS, METRICS, MODELS
from mmarts.structures import check_sample

ROOT = Path(__file__).parents[1]
CONFIGS = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / 'configs' / 'pointhmr').rglob('*.py')
    # Hands have tests of their own.
    if path.stem != 'pointhmr_release' and 'freihand' not in path.stem)
REAL = [c for c in CONFIGS if 'freemotion' not in c]
FREE = dict(type='FreeBody')
KEPT = ROOT / 'configs/pointhmr/pointhmr-blazepose_freemotion.py'
# Table 3 of the supplement, row by row.
TABLE3 = [[None] * 4, [None, None, 3, 1], [None, 5, 3, 1], [7, 5, 3, 1]]


def small(cfg, body=FREE, **transformer):
    """The parts of the tiny config around what the config itself says."""
    tiny = Config.fromfile(
        ROOT / 'configs/pointhmr/pointhmr-tiny_freemotion-images.py').model
    hops = cfg.model.transformer.hops
    for part in ('backbone', 'sampler', 'transformer'):
        cfg.model[part] = tiny[part]
    cfg.model.transformer.update(hops=hops, **transformer)
    cfg.model.body_model = body
    return MODELS.build(cfg.model)


def step(cfg, items):
    for item in items:
        check_sample(item['data_samples'])
    model = small(cfg)
    optim_wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    losses = model.train_step(pseudo_collate(items), optim_wrapper)
    assert losses['loss'].isfinite() and losses['loss'] > 0
    return losses


@pytest.fixture(scope='module')
def data_root(tmp_path_factory):
    """A folder with ``data/`` as the configs want it, of a toy."""
    root = tmp_path_factory.mktemp('pointhmr')
    toy_pictures(root / 'toy', FreeBody(), 20, size=96)
    (root / 'data').mkdir()
    for name in ('3dpw', 'h36m', 'muco', 'up3d', 'coco', 'mpii'):
        (root / 'data' / name).symlink_to(root / 'toy')
    for split in ('train2014', 'test'):
        (root / 'toy' / f'{split}.mmarts').symlink_to(root / 'toy' /
                                                      'train.mmarts')
    return root


@pytest.mark.parametrize('config', CONFIGS)
def test_it_says_what_it_is_and_how_it_is_tested(config):
    cfg = Config.fromfile(ROOT / config)
    assert (ROOT / config).read_text().startswith('"""')
    assert cfg.model.body_model == cfg.body_model
    for evaluator in cfg.test_evaluator:
        assert evaluator.body_model == cfg.body_model
        METRICS.build(evaluator)


def test_masks_are_those_of_table_3():
    folder = 'configs/pointhmr/ablations/table3'
    for kind, base in (('pointhmr_*_h36m', []), ('pointhmr-blazepose_*',
                                                 [KEPT])):
        hops = [
            list(Config.fromfile(path).model.transformer.hops)
            for path in [*base, *(ROOT / folder).glob(f'{kind}.py')]
        ]
        assert len(hops) == 4 and all(row in hops for row in TABLE3)


@pytest.mark.parametrize('config', [c for c in REAL if 'ablations' not in c])
def test_real_data_trains_a_step_once_its_files_are_there(
        config, data_root, monkeypatch):
    monkeypatch.chdir(data_root)
    cfg = Config.fromfile(ROOT / config)
    loader = cfg.train_dataloader
    assert loader.batch_size == sum(loader.dataset.sizes.values())
    loader.dataset.sizes = dict.fromkeys(loader.dataset.sizes, 1)
    for dataset in loader.dataset.groups.values():
        dataset.update(image_root=None, crop_size=96)
    data = DATASETS.build(loader.dataset)
    sampler = DATA_SAMPLERS.build(
        loader.sampler, default_args=dict(dataset=data, seed=0))
    step(cfg, [data[i] for i, _ in zip(sampler, range(sum(data.sizes)))])


def test_rendered_pictures_train_and_test_the_tiny_one():
    cfg = Config.fromfile(
        ROOT / 'configs/pointhmr/pointhmr-tiny_freemotion-images.py')
    data = DATASETS.build(cfg.train_dataloader.dataset)
    losses = step(cfg, [data[0], data[1]])
    assert losses['loss_heatmap'] > 0 and losses['loss_vertices'] > 0
    model = small(cfg).eval()
    test = DATASETS.build(cfg.test_dataloader.dataset)
    with torch.no_grad():
        samples = model.test_step(pseudo_collate([test[0], test[1]]))
    for evaluator in cfg.test_evaluator:
        metric = METRICS.build(evaluator)
        metric.process(None, [s.to_dict() for s in samples])
        assert min(metric.evaluate(2).values()) > 0


def test_kept_maps_train_and_stand_for_pictures(tmp_path):
    pytest.importorskip('ai_edge_litert')
    cfg = Config.fromfile(KEPT)
    arrays = toy_pictures(tmp_path, FreeBody(), 2)
    model = MODELS.build(cfg.model)
    written = dict(
        cfg.train_dataloader.dataset, ann_file=f'{tmp_path}/train.mmarts')
    pictures = DATASETS.build(dict(written, type='PictureClips'))
    batch = model.data_preprocessor(pseudo_collate(list(pictures)))
    feat = model.backbone.kept(batch['inputs']['image'][:, 0])
    write_annotations(
        tmp_path / 'train.mmarts',
        dict(arrays, feat=feat.numpy()),
        source='a toy')
    kept = list(DATASETS.build(written))
    optim_wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    before = model.backbone.norms[0].weight.clone()
    losses = model.train_step(pseudo_collate(kept), optim_wrapper)
    assert losses['loss'].isfinite() and losses['loss_heatmap'] > 0
    model.eval()
    with torch.no_grad():
        model.transformer.read_point.weight.normal_()
        ours = model.outputs(
            model.data_preprocessor(pseudo_collate(kept))['inputs'])
        theirs = model.outputs(batch['inputs'])
    for name in ('vertices', 'heat_logits'):
        torch.testing.assert_close(ours[name], theirs[name])
    assert not torch.equal(ours['vertices'][0], ours['vertices'][1])
    assert not torch.equal(before, model.backbone.norms[0].weight)
