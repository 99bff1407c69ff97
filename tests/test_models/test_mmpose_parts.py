# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""DSD's head on a pose network of mmpose."""
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from mmarts.compat import install_mmcv_ops_stub
from mmarts.registry import MODELS

CONFIG = (
    Path(__file__).parents[2] / 'configs' / 'dsd_satn' /
    'dsd_mmpose_freemotion.py')


@pytest.fixture(scope='module')
def config():
    pytest.importorskip('mmpose')
    return Config.fromfile(CONFIG).model


@pytest.fixture(scope='module')
def model(config):
    return MODELS.build(config)


def test_gradients_reach_the_pose_network_through_the_skeleton(model):
    model.eval()
    image = torch.randn(1, 1, 3, 64, 64)
    out = model(dict(image=image))
    assert out['skeleton'].shape == (1, 1, 14, 2)
    assert out['feat'].shape == (1, 1, 512)
    out['keypoints2d_crop'].sum().backward()
    for part in (model.network.backbone.part, model.network.heatmap_head.part):
        assert any(p.grad is not None and p.grad.abs().sum() > 0
                   for p in part.parameters())


def test_heatmaps_are_those_of_the_whole_network_of_mmpose(config, model):
    install_mmcv_ops_stub()
    from mmpose.models import TopdownPoseEstimator
    network = config.network
    whole = TopdownPoseEstimator(
        backbone=dict(network.backbone.part),
        head=dict(network.heatmap_head.part)).eval()
    whole.backbone.load_state_dict(model.network.backbone.part.state_dict())
    whole.head.load_state_dict(model.network.heatmap_head.part.state_dict())
    image = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        wanted = whole(image, None, mode='tensor')
        maps = model.network.backbone(image)
        ours = model.network.heatmap_head(maps)
    torch.testing.assert_close(ours, 20 * wanted)
