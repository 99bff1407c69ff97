# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

from mmarts.engine import BFloat16OptimWrapper
from mmarts.registry import DATASETS, MODELS

CONFIG = Path(__file__).parents[2] / 'configs/arts/arts-tiny_freemotion.py'


@pytest.fixture
def model():
    return MODELS.build(Config.fromfile(CONFIG).model)


@pytest.fixture
def batch(model):
    dataset = DATASETS.build(dict(type='FreeMotion', split='train'))
    return model.data_preprocessor(
        pseudo_collate(dataset.__getitems__(range(4))))


@pytest.mark.parametrize('stage', ['lifter', 'full'])
def test_losses_are_near_those_of_float32(model, batch, stage):
    model.set_stage(stage)
    wrapper = BFloat16OptimWrapper(torch.optim.SGD(model.parameters(), 0.0))
    plain = model(**batch, mode='loss')
    with wrapper.optim_context(model):
        mixed = model(**batch, mode='loss')
    assert plain.keys() == mixed.keys()
    # An untrained network's shape loss is steep; the others agree closely.
    for name in plain.keys() - {'loss_shape'}:
        torch.testing.assert_close(
            mixed[name].float(), plain[name], rtol=0.05, atol=0)


def test_networks_run_in_bfloat16_and_bodies_in_float32(model, batch):
    wrapper = BFloat16OptimWrapper(torch.optim.SGD(model.parameters(), 0.1))
    with wrapper.optim_context(model):
        out = model(**batch, mode='tensor')
    assert out['joints3d_lifted'].dtype == torch.bfloat16
    assert out['joints3d_posed'].dtype == torch.float32
    turns = out['body_pose']
    torch.testing.assert_close(
        turns @ turns.mT, torch.eye(3).expand_as(turns), atol=1e-5, rtol=0)


def test_a_step_moves_the_weights(model, batch):
    wrapper = BFloat16OptimWrapper(torch.optim.SGD(model.parameters(), 0.1))
    before = model.refiner.pose_head[-1].weight.clone()
    losses = model.train_step(
        dict(inputs=batch['inputs'], data_samples=batch['data_samples']),
        wrapper)
    assert torch.isfinite(losses['loss'])
    assert not torch.equal(before, model.refiner.pose_head[-1].weight)
