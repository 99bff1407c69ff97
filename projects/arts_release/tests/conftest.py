# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A small body in SMPL's layout and the configs' networks on it."""
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / 'tests'))
CONFIGS = ROOT / 'projects' / 'arts_release' / 'configs'
# As many as the mesh branch needs at least.
NUM_VERTICES = 440
FRAMES = 40


@pytest.fixture(autouse=True)
def _same_start():
    torch.manual_seed(0)
    init_default_scope('mmarts')


@pytest.fixture(scope='session')
def body_config(tmp_path_factory) -> dict:
    """Config of a random body with pose correctives."""
    from toy_body import toy_arrays
    path = tmp_path_factory.mktemp('body') / 'toy.npz'
    np.savez(path, **toy_arrays(NUM_VERTICES))
    return dict(type='SMPL', model_path=str(path))


@pytest.fixture(scope='session')
def annotations(body_config, tmp_path_factory) -> Path:
    """Annotation files ``coco19.npz`` and ``h36m17.npz``, 40 frames."""
    from toy_annotations import toy_annotations

    from mmarts.registry import BODY_MODELS
    init_default_scope('mmarts')
    body = BODY_MODELS.build(body_config)
    folder = tmp_path_factory.mktemp('data')
    for joint_set in ('coco19', 'h36m17'):
        np.savez(folder / f'{joint_set}.npz',
                 **toy_annotations(body, FRAMES, joint_set))
    return folder


@pytest.fixture(scope='session')
def load_config(body_config, annotations):
    """``load_config(name)``: a config whose body and data are toys."""

    def load(name: str) -> Config:
        cfg = Config.fromfile(CONFIGS / name)
        cfg.body_model = cfg.model.body_model = body_config
        path = annotations / f'{cfg.model.joint_set}.npz'
        for loader in (cfg.train_dataloader, cfg.test_dataloader):
            loader.dataset.ann_file = str(path)
        evaluators = cfg.test_evaluator
        for evaluator in (evaluators
                          if isinstance(evaluators, list) else [evaluators]):
            if 'body_model' in evaluator:
                evaluator.body_model = body_config
        return cfg

    return load


@pytest.fixture(scope='session')
def network(load_config):
    """The network for 3DPW, for tests that do not change it."""
    from mmarts.registry import MODELS
    torch.manual_seed(0)
    init_default_scope('mmarts')
    return MODELS.build(load_config('arts-release_3dpw.py').model).eval()
