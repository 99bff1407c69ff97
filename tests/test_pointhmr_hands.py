# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""PointHMR's hands: configs, a step, and a test from files to numbers."""
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner

from mmarts.body_models import MANO
from mmarts.body_models.meshes.mesh_decimation import decimate
from mmarts.body_models.meshes.mesh_hierarchy import body_hierarchy
from mmarts.datasets.converters.convert import convert_dataset
from mmarts.registry import DATASETS, METRICS, MODELS
from mmarts.structures import BodyParams, get_joint_set

ROOT = Path(__file__).parents[1]
CONFIGS = ('pointhmr_freihand', 'pointhmr-tiny_freihand')
METRIC_NAMES = [
    'joints3d/pa_mpjpe', 'vertices/pa_mpvpe', 'vertices/f_score_5',
    'vertices/f_score_15'
]
pytest.importorskip('fast_simplification')


def config(name=CONFIGS[1]):
    return Config.fromfile(ROOT / f'configs/pointhmr/{name}.py')


@pytest.fixture(scope='module')
def data_root(tmp_path_factory, hand_folder):
    """A folder with ``data/`` as the configs want it, of a drawn hand."""
    root = tmp_path_factory.mktemp('data_of_hands')
    (root / 'data/pictures').mkdir(parents=True)
    (root / 'data/pictures/freihand').symlink_to(hand_folder / 'FreiHAND')
    (root / 'data/body_models').symlink_to(hand_folder)
    source = str(hand_folder / 'FreiHAND')
    mano = str(hand_folder / 'mano/MANO_RIGHT.pkl')
    convert_dataset(
        dict(type='freihand', images=source, mano=mano), source,
        root / 'data/freihand')
    return root


@pytest.fixture
def in_data_root(data_root, monkeypatch):
    monkeypatch.chdir(data_root)


@pytest.fixture(scope='module')
def hand(hand_folder):
    return MANO(str(hand_folder / 'mano/MANO_RIGHT.pkl'), tips='freihand')


@pytest.mark.parametrize('name', CONFIGS)
def test_configs_are_of_a_hand(name):
    cfg = config(name)
    assert cfg.model.body_model == cfg.body_model
    assert cfg.body_model.type == 'MANO'
    assert cfg.model.sampler.num_vertices == cfg.model.hierarchy.sizes[-1]
    assert get_joint_set(cfg.model.joint_set).root == cfg.model.joint_root[0]
    assert cfg.train_dataloader.dataset.augment.get('flip', 0) == 0
    for evaluator in cfg.test_evaluator:
        assert evaluator.body_model == cfg.body_model
        METRICS.build(evaluator)
    MODELS.build(cfg.model.view_ensemble)


def test_a_hand_stays_open_at_the_wrist_alone(hand):
    """778 to 195 vertices: one rim, all of it from the wrist's."""
    rest = hand.v_template.double().numpy()
    kept, faces = decimate(rest, hand.faces.numpy(), 195)
    corners = np.concatenate(
        [faces[:, pair] for pair in ([0, 1], [1, 2], [2, 0])])
    edges, count = np.unique(np.sort(corners, 1), axis=0, return_counts=True)
    # Euler of a disc, and a rim of as many vertices as edges.
    assert len(kept) - len(edges) + len(faces) == 1
    rim, degree = np.unique(edges[count == 1], return_counts=True)
    assert (degree == 2).all() and len(rim) >= 6
    assert (np.abs(rest[kept[rim], 1]) < 1e-9).all()


def test_the_meshes_of_a_hand_come_back(hand):
    hierarchy = body_hierarchy(hand, (195, ))
    assert hierarchy.sizes == (778, 195)
    assert hierarchy.graph_distance(40).max() <= 40  # all in one piece
    rng = torch.Generator().manual_seed(1)
    turns = torch.eye(3) + 0.2 * torch.randn(8, 16, 3, 3, generator=rng)
    turns = torch.linalg.qr(turns).Q
    turns = turns * turns.diagonal(0, -2, -1).sign()[..., None, :]
    mesh = hand.vertices(
        BodyParams(turns[:, :1], turns[:, 1:],
                   torch.randn(8, 10, generator=rng)))
    back = hierarchy.refine(hierarchy.coarsen(mesh)[-1])[0]
    assert (back - mesh).square().sum(-1).mean().sqrt() < 0.002


@pytest.mark.parametrize('reader', ['PictureClips', 'FreiHANDPictures'])
def test_a_step(reader, in_data_root):
    cfg = config()
    data = cfg.train_dataloader.dataset
    if reader == 'FreiHANDPictures':
        data.update(
            type=reader,
            root=data.pop('image_root'),
            mano='mano/MANO_RIGHT.pkl')
        del data['ann_file']
    data = DATASETS.build(data)
    model = MODELS.build(cfg.model)
    optim_wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    items = pseudo_collate([data[0], data[1]])
    losses = model.train_step(items, optim_wrapper)
    names = ('joint_token', 'joint_mesh', 'keypoints2d_token',
             'keypoints2d_mesh', 'vertices', 'vertices_coarse', 'heatmap')
    assert all(losses[f'loss_{name}'] > 0 for name in names)
    assert losses['loss'].isfinite()


def test_from_files_to_numbers(in_data_root, tmp_path, monkeypatch):
    """An epoch and a test with every view, by MMEngine's runner."""
    # The runner logs its config, and formatting it takes most of the time.
    monkeypatch.setattr(Config, 'pretty_text', property(lambda cfg: ''))
    cfg = config()
    for loader in ('train_dataloader', 'test_dataloader'):
        cfg[loader].update(
            batch_size=2, num_workers=0, persistent_workers=False)
    cfg.work_dir, cfg.train_cfg.max_epochs = str(tmp_path), 1
    cfg.optim_wrapper.optimizer.lr = 1e-4
    runner = Runner.from_cfg(cfg)
    runner.train()
    values = runner.test()
    assert [name for name in METRIC_NAMES if name not in values] == []
    assert values['vertices/pa_mpvpe'] > 1
    assert 0 <= values['vertices/f_score_5'] <= values['vertices/f_score_15']


def test_a_perfect_prediction_is_measured_as_one(in_data_root, hand):
    """Moved, turned and scaled, as no similarity counts."""
    cfg = config()
    data = DATASETS.build(
        dict(cfg.test_dataloader.dataset, body_model=cfg.body_model))
    samples = []
    for i in range(len(data)):
        sample = data[i]['data_samples']
        mesh = hand.vertices(
            BodyParams(*(sample.get(n)
                         for n in ('global_orient', 'body_pose', 'betas'))))
        turn = torch.linalg.qr(torch.randn(3, 3)).Q
        turn = turn * turn.det()
        sample.set_field(1.2 * mesh @ turn + 0.1, 'pred_vertices')
        sample.set_field(
            torch.as_tensor(sample.frame_index), 'pred_frame_index')
        samples.append(sample.to_dict())
    values = {}
    for evaluator in cfg.test_evaluator:
        metric = METRICS.build(evaluator)
        metric.process(None, samples)
        values.update(metric.evaluate(len(samples)))
    assert values['vertices/pa_mpvpe'] < 1e-3
    assert values['vertices/f_score_5'] == values['vertices/f_score_15'] == 1
    # The target's joints are the skeleton's, not the mesh's.
    assert values['joints3d/pa_mpjpe'] < 3


@pytest.mark.robustness
def test_without_mano_one_line_says_where_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, 'argv', [
        'train.py',
        str(ROOT / f'configs/pointhmr/{CONFIGS[0]}.py'), '--work-dir',
        str(tmp_path)
    ])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(ROOT / 'tools/train.py'), run_name='__main__')
    line = end.value.code.splitlines()[0]
    assert line.startswith('error: ') and 'MANO_RIGHT.pkl' in line
    assert 'https://mano.is.tue.mpg.de' in line
    assert 'data/body_models' in line and 'FreeBody' not in line


def test_real_hands_with_2d_alone_train_a_step(shared, in_data_root, tmp_path):
    pytest.importorskip('xtcocotools')
    root = str(shared / 'samples/mmpose_tests/freihand')
    convert_dataset(dict(type='freihand', images=root), root, tmp_path)
    cfg = config()
    data = DATASETS.build(
        dict(
            cfg.train_dataloader.dataset,
            ann_file=str(tmp_path / 'test_freihand.mmarts'),
            image_root=root))
    assert len(data) == 8
    items = [data[i] for i in range(4)]
    for item in items:
        points = item['data_samples'].keypoints2d_crop
        assert (points.abs() < 1.5).all() and points.std() > 0.05
    model = MODELS.build(cfg.model)
    losses = model.loss(**model.data_preprocessor(pseudo_collate(items), True))
    assert losses['loss_keypoints2d_mesh'] > 0
    assert losses['loss_vertices'] == losses['loss_joint_mesh'] == 0
    assert losses['loss_heatmap'] == 0


# 59 million parameters and mmpose's HRNet.
@pytest.mark.slow
def test_the_large_one_has_the_tokens_of_a_hand(in_data_root):
    pytest.importorskip('mmpose')
    cfg = config(CONFIGS[0])
    cfg.model.backbone.init_cfg = None
    model = MODELS.build(cfg.model).eval()
    assert sum(model.transformer.counts.values()) == 1 + 49 + 21 + 195
    with torch.no_grad():
        out = model.outputs(dict(image=torch.randn(1, 1, 3, 224, 224)))
    assert out['vertices'].shape == (1, 1, 778, 3)
    assert out['joints3d_token'].shape == (1, 1, 21, 3)
    assert out['heat_logits'].shape == (1, 1, 195, 56, 56)
