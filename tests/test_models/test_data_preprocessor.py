# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import torch
from mmengine.dataset import pseudo_collate

from mmarts.models import MixedPreprocessor, WindowPreprocessor
from mmarts.structures import MeshDataSample


def batch(dtype):
    image = torch.tensor([0, 255, 51], dtype=dtype).view(1, 3, 1, 1)
    return pseudo_collate([
        dict(inputs=dict(image=image, K=torch.eye(3)), data_samples=i)
        for i in range(2)
    ])


def test_bytes_become_what_networks_eat():
    preprocessor = WindowPreprocessor(
        image_mean=(0.5, 0.5, 0.5), image_std=(0.5, 0.5, 0.5))
    inputs = preprocessor(batch(torch.uint8))['inputs']
    assert inputs['image'].shape == (2, 1, 3, 1, 1)
    assert torch.allclose(inputs['image'][0].flatten(),
                          torch.tensor([-1., 1, -0.6]))
    assert torch.equal(inputs['K'][1], torch.eye(3))


def test_by_default_they_are_normalised_by_imagenet():
    image = WindowPreprocessor()(batch(torch.uint8))['inputs']['image']
    expected = (torch.tensor([0., 1, 0.2]) - torch.tensor(
        [0.485, 0.456, 0.406])) / torch.tensor([0.229, 0.224, 0.225])
    assert torch.allclose(image[1].flatten(), expected)


def test_floats_are_left_alone_and_there_are_no_weights():
    preprocessor = WindowPreprocessor()
    image = preprocessor(batch(torch.float32))['inputs']['image']
    assert image.max() == 255
    assert not preprocessor.state_dict()


def item(length, name):
    image = torch.full((length, 3, 4, 4), length, dtype=torch.uint8)
    return dict(
        inputs=dict(image=image, K=length * torch.eye(3)),
        data_samples=MeshDataSample(metainfo=dict(sequence=name)))


def test_lengths_become_groups_the_longest_first():
    batch = pseudo_collate([item(1, 'a'), item(3, 'b'), item(1, 'c')])
    out = MixedPreprocessor(image_mean=(0, ), image_std=(1, ))(batch)
    shapes = [i['image'].shape[:2] for i in out['inputs']]
    assert shapes == [(1, 3), (2, 1)]
    for inputs in out['inputs']:
        length = inputs['image'].shape[1]
        assert (255 * inputs['image'] - length).abs().max() < 1e-4
        assert (inputs['K'] == length * torch.eye(3)).all()
    names = [[s.sequence for s in g] for g in out['data_samples']]
    assert names == [['b'], ['a', 'c']]


def test_one_length_stays_a_batch():
    out = MixedPreprocessor()(pseudo_collate([item(2, 'a'), item(2, 'b')]))
    assert out['inputs']['image'].shape == (2, 2, 3, 4, 4)
    assert len(out['data_samples']) == 2
