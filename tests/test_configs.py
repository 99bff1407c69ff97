# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Every config: parsed, built, trained one step on the CPU."""
import json
import pickle
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import build_optim_wrapper
from toy_annotations import toy_annotations
from toy_body import toy_arrays

from mmarts.annotations.annotation_writer import write_annotations
from mmarts.body_models import SMPL, FreeBody
from mmarts.registry import DATASETS, METRICS, MODELS
from mmarts.structures import check_sample

ROOT = Path(__file__).parents[1]
CONFIGS = sorted(
    str(path.relative_to(ROOT)) for path in (ROOT / 'configs').rglob('*.py')
    # These methods have tests of their own: other inputs.
    if not {'_base_', 'dsd_satn', 'int_hmr', 'pointhmr'} & set(path.parts))
# Trained on drawn pictures and what a detector finds in them.
READ_PICTURES = ('image', 'pictures')
PICTURES = [c for c in CONFIGS if Path(c).stem.split('_')[1] in READ_PICTURES]
FREE = [c for c in CONFIGS if 'freemotion' in c and c not in PICTURES]
LICENSED = [c for c in CONFIGS if 'freemotion' not in c]
FRAMES = 66
DETECTORS = ('cpn', 'detectron', 'sh')
# Folder below data/ -> joint set of its files.
ANNOTATED = {
    '3dpw': 'coco19',
    'h36m': 'h36m17',
    'h36m-coco': 'coco19',
    'mpi-inf-3dhp': 'mpi_inf_3dhp17',
    'mpi-inf-3dhp-coco': 'coco19',
    'coco': 'coco17',
    'mpii': 'mpii16',
}
SPLITS = dict(coco=('train2017', ), mpii=('train', ))


@pytest.fixture(scope='module')
def once():
    """``once(make, *key)``: what ``make()`` gave when first asked for."""
    made = {}

    def get(make, *key):
        key = json.dumps(key, sort_keys=True)
        if key not in made:
            made[key] = make()
        return made[key]

    return get


def first_items(cfg, batch, once):
    """The first samples; many configs have the same."""
    data = cfg.train_dataloader.dataset

    def make():
        dataset = DATASETS.build(data)
        items = [dataset[i] for i in range(batch)]
        for item in items:
            check_sample(item['data_samples'])
        return items

    return once(make, 'items', data.to_dict(), batch)


def step_once(cfg, batch, once):
    """:func:`train_step`; only once for configs that train the same net."""
    items = first_items(cfg, batch, once)
    model = cfg.model.to_dict()
    # These change where weights come from and what tests do.
    model['lifter'] = dict(model.get('lifter', {}), init_cfg=None)
    model['skeleton_noise'] = None
    shape = list(items[0]['inputs']['keypoints2d'].shape)
    return once(lambda: train_step(cfg, items), 'step', model, shape)


def train_step(cfg, items):
    """One step on these samples; losses, and which parameters moved."""
    model = MODELS.build(cfg.model)
    optim_wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    before = {k: v.clone() for k, v in model.named_parameters()}
    losses = model.train_step(pseudo_collate(items), optim_wrapper)
    moved = {
        k
        for k, v in model.named_parameters() if not torch.equal(v, before[k])
    }
    return losses, moved


def check_step(cfg, losses, moved):
    assert all(torch.isfinite(value) for value in losses.values())
    assert losses['loss'] > 0
    if cfg.model.get('stage') == 'lifter':
        assert 'loss_lift' in losses and 'loss_mesh' not in losses
        assert any(name.startswith('lifter.') for name in moved)
    else:
        assert 'loss_mesh' in losses and moved


def test_there_is_something_to_sweep():
    assert len(FREE) >= 4 and len(LICENSED) >= 6 and len(PICTURES) == 2


@pytest.mark.parametrize('config', CONFIGS)
def test_parses_and_says_what_it_is(config):
    cfg = Config.fromfile(ROOT / config)
    assert cfg.default_scope == 'mmarts'
    assert MODELS.get(cfg.model.type) and cfg.train_cfg and cfg.test_evaluator
    assert (ROOT / config).read_text().startswith('"""')


@pytest.mark.parametrize('config', CONFIGS)
def test_the_body_of_the_data_is_that_of_model_and_metrics(config):
    cfg = Config.fromfile(ROOT / config)
    assert cfg.model.body_model == cfg.body_model
    evaluators = cfg.test_evaluator
    for evaluator in evaluators if isinstance(evaluators,
                                              list) else [evaluators]:
        assert evaluator.get('body_model', cfg.body_model) == cfg.body_model


@pytest.mark.parametrize('config', FREE)
def test_free_configs_train(config, once):
    cfg = Config.fromfile(ROOT / config)
    check_step(cfg, *step_once(cfg, 1 if 'arts_free' in config else 2, once))


@pytest.mark.parametrize('config', PICTURES)
def test_configs_of_pictures_train_once_these_are_there(
        config, tmp_path, monkeypatch, once):
    rows = toy_annotations(FreeBody(), FRAMES)
    rows['feat'] = rows['feat'][:, :1280]  # EfficientNet-Lite0's
    folder = tmp_path / 'data' / 'arts_clips'
    folder.mkdir(parents=True)
    write_annotations(folder / 'train.mmarts', rows, source='a toy')
    monkeypatch.chdir(tmp_path)
    cfg = Config.fromfile(ROOT / config)
    check_step(cfg, *step_once(cfg, 2, once))


@pytest.mark.parametrize('config', FREE)
def test_free_configs_name_metrics_that_are_there(config):
    evaluators = Config.fromfile(ROOT / config).test_evaluator
    for evaluator in evaluators if isinstance(evaluators,
                                              list) else [evaluators]:
        METRICS.build(evaluator)


def run_train(config, work_dir, monkeypatch):
    """``tools/train.py`` in this process: what it ends with."""
    monkeypatch.setattr(
        sys, 'argv',
        ['train.py',
         str(ROOT / config), '--work-dir',
         str(work_dir)])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(ROOT / 'tools' / 'train.py'), run_name='__main__')
    return end.value.code


@pytest.mark.robustness
@pytest.mark.parametrize('config',
                         [c for c in LICENSED if 'ablations' not in c])
def test_a_missing_body_is_one_clear_line(config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = run_train(config, tmp_path / 'work', monkeypatch).splitlines()[0]
    assert line.startswith('error: ') and 'SMPL_NEUTRAL.pkl' in line
    assert 'https://smpl.is.tue.mpg.de' in line


@pytest.mark.robustness
def test_the_command_ends_with_that_line(run_tool, tmp_path):
    out = run_tool('train', 'configs/arts/arts-lifter_3dpw.py', '--work-dir',
                   tmp_path, '--cfg-options',
                   'model.body_model.model_path=nowhere/SMPL.pkl')
    errors = [
        line for line in out.stderr.splitlines() if line.startswith('error: ')
    ]
    assert out.returncode != 0 and 'Traceback' not in out.stderr
    assert len(errors) == 1 and 'nowhere/SMPL.pkl' in errors[0]


@pytest.fixture(scope='module')
def data_root(tmp_path_factory):
    """A folder with ``data/`` as docs/data.md wants it, made of a toy."""
    root = tmp_path_factory.mktemp('licensed')
    arrays = toy_arrays()
    bodies = root / 'data' / 'body_models'
    (bodies / 'smpl').mkdir(parents=True)
    for name, key in (('coco19', 'J_regressor_coco'),
                      ('h36m', 'J_regressor_h36m'), ('extra',
                                                     'J_regressor_extra')):
        np.save(bodies / f'J_regressor_{name}.npy', arrays[key])
    # Its vertices are too few for those that SPIN picks on SMPL's mesh.
    official = ('v_template', 'f', 'shapedirs', 'posedirs', 'J_regressor',
                'weights', 'kintree_table', 'vertex_picks')
    path = bodies / 'smpl' / 'SMPL_NEUTRAL.pkl'
    path.write_bytes(pickle.dumps({k: arrays[k] for k in official}, 2))
    extra = dict(
        coco19='J_regressor_coco19.npy',
        h36m17='J_regressor_h36m.npy',
        extra9='J_regressor_extra.npy')
    body = SMPL(str(path), {k: str(bodies / v) for k, v in extra.items()})
    for folder, joint_set in ANNOTATED.items():
        (root / 'data' / folder).mkdir()
        rows = toy_annotations(body, FRAMES, joint_set)
        rows['joints3d_universal'] = rows['joints3d']
        for split in SPLITS.get(folder, ('train', 'test')):
            write_annotations(
                root / 'data' / folder / f'{split}.mmarts',
                rows,
                source='a toy')
    for detector in DETECTORS:
        (root / 'data' / f'h36m-{detector}').symlink_to('h36m')
    return root


@pytest.mark.parametrize('config', LICENSED)
def test_licensed_configs_train_once_their_files_are_there(
        config, data_root, monkeypatch, once):
    monkeypatch.chdir(data_root)
    cfg = Config.fromfile(ROOT / config)
    check_step(cfg, *step_once(cfg, 2, once))


@pytest.mark.robustness
def test_missing_annotations_are_one_clear_line(data_root, tmp_path,
                                                monkeypatch):
    (tmp_path / 'data').mkdir()
    (tmp_path / 'data' / 'body_models').symlink_to(data_root / 'data' /
                                                   'body_models')
    monkeypatch.chdir(tmp_path)
    line = run_train('configs/arts/arts-lifter_h36m.py', tmp_path / 'work',
                     monkeypatch).splitlines()[0]
    assert 'data/h36m-cpn/train.mmarts' in line and 'docs/data.md' in line


@pytest.mark.robustness
def test_a_missing_first_stage_is_one_clear_line(data_root, tmp_path,
                                                 monkeypatch):
    monkeypatch.chdir(data_root)
    line = run_train('configs/arts/arts_h36m.py', tmp_path / 'work',
                     monkeypatch).splitlines()[0]
    assert line.startswith('error: ')
    assert 'arts-lifter_h36m/epoch_60.pth' in line
