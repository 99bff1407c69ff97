# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""BlazePose's feature maps as a backbone."""
import pytest
import torch

from mmarts.datasets import FreeMotionImages
from mmarts.models.backbones import BlazePoseMaps, BlazePoseParts
from mmarts.models.tokens import TokenViT
from mmarts.registry import MODELS

pytest.importorskip('ai_edge_litert')


@pytest.fixture(scope='module')
def images():
    data = FreeMotionImages('test', crop_size=256, stride=40, views=1)
    return torch.cat([data[i]['inputs']['image'] for i in (0, 6)]) / 255.


def test_kept_maps_are_those_of_the_pictures(images):
    net = MODELS.build(dict(type='BlazePoseMaps', maps=('p3', 'c6'))).eval()
    fine, coarse = net(images)
    assert fine.shape == (2, 48, 32, 32) and coarse.shape == (2, 288, 4, 4)
    kept = net.kept(images)
    assert kept.shape == (2, net.kept_dim)
    for one, two in zip(net(kept), (fine, coarse)):
        torch.testing.assert_close(one, two)
    with pytest.raises(ValueError, match='53760 numbers'):
        net(kept[:, 1:])


def test_rows_and_columns_are_the_picture_s(images):
    net = BlazePoseMaps(('p3', )).eval()
    cells = 3
    moved = images.roll(8 * cells, -1)  # a cell is 8 pixels wide
    before, after = net(images), net(moved)
    inner = (..., slice(8, 24), slice(8, 24))

    def away(rows, columns):
        back = after.roll((-rows, -columns), (-2, -1))
        return (back[inner] - before[inner]).abs().mean()

    assert away(0, cells) < 0.5 * min(away(cells, 0), away(0, -cells))


def test_last_map_is_the_one_of_the_parts(images):
    last = BlazePoseMaps(('p4', 'c7')).kept(images)[:, -4 * 288:]
    pooled = last.unflatten(1, (4, 288)).mean(1)
    torch.testing.assert_close(pooled, BlazePoseParts()(images)[:, -288:])


@pytest.mark.parametrize('maps', [(), ('c4', ), ('p2', 'p2')])
def test_unknown_maps_are_named(maps):
    with pytest.raises(ValueError, match="'p2', 'p3'"):
        BlazePoseMaps(maps)


def test_tokens_from_kept_maps(images):
    tokens = TokenViT(
        dict(type='BlazePoseMaps'),
        dim=24,
        depth=1,
        num_heads=2,
        image_size=256).eval()
    assert tokens.position.shape[1] == 1 + 8 * 8
    kept = tokens.cnn.kept(images)
    for one, two in zip(
            tokens.from_kept(kept[:, None]), tokens(images[:, None])):
        torch.testing.assert_close(one, two)
    assert tokens.packed(kept).shape == (2, 26 * 24)
