# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import torch
from mmengine.dataset import pseudo_collate

from mmarts.models import PicturePreprocessor
from mmarts.structures import MeshDataSample


def item(length, name):
    generator = torch.Generator().manual_seed(length)
    image = torch.randint(
        0, 256, (length, 3, 4, 4), generator=generator, dtype=torch.uint8)
    return dict(
        inputs=dict(image=image, K=torch.eye(3)),
        data_samples=MeshDataSample(metainfo=dict(sequence=name)))


def test_pictures_of_two_types_come_out_alike():
    item_8 = item(2, 'a')
    item_float = item(2, 'a')
    item_float['inputs']['image'] = item_float['inputs']['image'] / 255
    outs = [
        PicturePreprocessor()(pseudo_collate([i]))['inputs']['image']
        for i in (item_8, item_float)
    ]
    torch.testing.assert_close(*outs)
    red = item_8['inputs']['image'][:, 0] / 255
    torch.testing.assert_close(outs[0][0, :, 0], (red - 0.485) / 0.229)


def test_lengths_become_groups_the_longest_first():
    batch = pseudo_collate([item(1, 'a'), item(3, 'b'), item(1, 'c')])
    out = PicturePreprocessor()(batch)
    shapes = [i['image'].shape[:2] for i in out['inputs']]
    assert shapes == [(1, 3), (2, 1)]
    names = [[s.sequence for s in g] for g in out['data_samples']]
    assert names == [['b'], ['a', 'c']]
    assert [len(i['K']) for i in out['inputs']] == [1, 2]


def test_one_length_stays_a_batch():
    out = PicturePreprocessor()(pseudo_collate([item(2, 'a'), item(2, 'b')]))
    assert out['inputs']['image'].shape == (2, 2, 3, 4, 4)
    assert len(out['data_samples']) == 2
