# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import torch
from mmengine.dataset import pseudo_collate

from mmarts.models import WindowPreprocessor


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
