# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import json

import numpy as np
import pytest
import torch
from torch import nn
from toy_pictures import toy_pictures

from mmarts.annotations.annotation_file import AnnotationFile
from mmarts.datasets import MeshDataset, PictureClips
from mmarts.engine import feature_extraction
from mmarts.engine.feature_extraction import extract_features
from mmarts.engine.feature_reader import FeatureReader
from mmarts.registry import MODELS

FRAMES, SIZE = 11, 16


@MODELS.register_module()
class ToyFeatures(nn.Module):
    """A map, a feature, and a picture's mean."""

    def __init__(self, dim: int = 5) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, dim, 4, 4)

    def forward(self, image):
        return dict(map=self.stem(image), mean=image.mean((2, 3)))

    def twice(self, feat):
        return 2 * feat

    def pair(self, image):
        return image, self.stem(image)


@pytest.fixture(scope='module')
def folder(tmp_path_factory, free_body):
    path = tmp_path_factory.mktemp('pictures')
    toy_pictures(path, free_body, FRAMES)
    torch.manual_seed(0)
    torch.save(dict(state_dict=ToyFeatures().state_dict()), path / 'toy.pth')
    return path


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(feature_extraction, 'SHARD', 4)


def arguments(folder, **reader):
    reader = dict(
        dict(
            model=dict(type='ToyFeatures'),
            checkpoint=str(folder / 'toy.pth'),
            output='map'), **reader)
    return reader, dict(
        ann_file=str(folder / 'train.mmarts'),
        crop_size=SIZE,
        augment=dict(margin=[1.2, 1.2]))


def test_every_row_has_the_feature_of_its_picture(folder, tmp_path):
    reader, pictures = arguments(folder)
    path = tmp_path / 'feat.mmarts'
    done = extract_features(reader, pictures, path, batch_size=3)
    assert done == dict(rows=FRAMES, dim=5, computed=FRAMES, waiting=0)
    AnnotationFile(path).verify()
    windows = MeshDataset(str(path), num_frames=FRAMES)
    feat = windows[0]['inputs']['feat']
    read = FeatureReader(**reader)
    clips = PictureClips(
        **pictures, num_frames=1, interval=1, joint_set='coco19')
    for row in (0, 4, 10):
        expected = read(clips[row]['inputs']['image'])[0]
        assert torch.allclose(feat[row], expected, atol=1e-5)
    before = MeshDataset(pictures['ann_file'], num_frames=FRAMES)
    assert torch.equal(windows[0]['data_samples'].joints3d,
                       before[0]['data_samples'].joints3d)
    settings = AnnotationFile(path).header['features']
    assert settings['reader'] == json.loads(json.dumps(reader))
    assert len(settings['weights_sha256']) == 64
    assert not list(tmp_path.glob('.*'))


def test_features_that_are_there_are_read_only_when_asked(folder, tmp_path):
    reader, pictures = arguments(folder)
    first, again, kept = (tmp_path / f'{n}.mmarts' for n in 'abc')
    extract_features(reader, pictures, first)
    pictures = dict(pictures, ann_file=str(first), image_root=str(folder))
    extract_features(reader, pictures, again)
    feat = AnnotationFile(first).arrays['feat']
    np.testing.assert_array_equal(AnnotationFile(again).arrays['feat'], feat)
    twice = dict(model=dict(type='ToyFeatures'), method='twice')
    extract_features(twice, dict(pictures, kept=True), kept)
    np.testing.assert_array_equal(
        AnnotationFile(kept).arrays['feat'], 2 * feat)


def test_an_interrupted_call_goes_on_and_ends_in_the_same_bytes(
        folder, tmp_path, monkeypatch):
    args = arguments(folder)
    extract_features(*args, tmp_path / 'whole.mmarts')
    calls = []
    read = FeatureReader.__call__

    def stop(self, images):
        calls.append(len(images))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return read(self, images)

    monkeypatch.setattr(FeatureReader, '__call__', stop)
    with pytest.raises(KeyboardInterrupt):
        extract_features(*args, tmp_path / 'feat.mmarts')
    assert not (tmp_path / 'feat.mmarts').exists()
    done = extract_features(*args, tmp_path / 'feat.mmarts')
    assert done['computed'] == FRAMES - 4
    assert (tmp_path /
            'feat.mmarts').read_bytes() == (tmp_path /
                                            'whole.mmarts').read_bytes()
    assert extract_features(*args, tmp_path / 'feat.mmarts')['computed'] == 0
    with pytest.raises(ValueError, match='something else'):
        extract_features(*arguments(folder, output='mean'),
                         tmp_path / 'feat.mmarts')


def test_ranks_share_the_work_and_the_last_one_writes(folder, tmp_path):
    args = arguments(folder)
    extract_features(*args, tmp_path / 'whole.mmarts')
    path, done = tmp_path / 'feat.mmarts', []
    for rank in (1, 0):
        assert not path.exists()
        done.append(extract_features(*args, path, rank=rank, world=2))
    assert [(d['computed'], d['waiting'], d['dim'])
            for d in done] == [(4, 2, 0),
                               (FRAMES - 4, 0, 5)]  # shards 1, and 0 and 2
    assert path.read_bytes() == (tmp_path / 'whole.mmarts').read_bytes()
    again = extract_features(*args, path, rank=1, world=2)
    assert (again['computed'], again['dim']) == (0, 5)
    assert not list(tmp_path.glob('.*'))


def test_weights_of_spin_are_read_without_its_regressor(folder, tmp_path):
    """Its file holds ``model``, and more than a backbone."""
    model = dict(type='ResNet', blocks=(1, ), base_channels=4)
    torch.manual_seed(3)
    weights = MODELS.build(dict(model)).state_dict()
    extra = {'fc1.weight': torch.zeros(3, 2), 'init_pose': torch.zeros(1, 144)}
    images = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    features = []
    for name, content in (('spin', dict(model={
            **weights,
            **extra
    }, epoch=1)), ('bare', weights)):
        torch.save(content, tmp_path / f'{name}.pt')
        read = FeatureReader(model, checkpoint=str(tmp_path / f'{name}.pt'))
        features.append(read(images))
    assert torch.equal(*features)
    del weights['bn1.weight']
    torch.save(dict(model=weights), tmp_path / 'cut.pt')
    with pytest.raises(ValueError, match='lacks bn1.weight'):
        FeatureReader(model, checkpoint=str(tmp_path / 'cut.pt'))


@pytest.mark.parametrize('kwargs, dim', [(dict(output='mean'), 3),
                                         (dict(module='stem', output=''), 5),
                                         (dict(method='pair', output='1'), 5)])
def test_any_part_and_output_may_be_asked(folder, kwargs, dim):
    read = FeatureReader(**arguments(folder, **kwargs)[0])
    images = torch.randint(0, 256, (2, 3, 8, 8), dtype=torch.uint8)
    assert read(images).shape == (2, dim)
    if kwargs['output'] == 'mean':
        mean = torch.tensor([0.485, 0.456, 0.406])
        std = torch.tensor([0.229, 0.224, 0.225])
        expected = ((images / 255).mean((2, 3)) - mean) / std
        assert torch.allclose(read(images), expected, atol=1e-5)


def test_weights_that_no_file_holds_are_the_same_in_every_process(
        folder, capfd):
    reader = arguments(folder, checkpoint='', output='')[0]
    reader['model'] = dict(type='ResNet', blocks=(1, ), base_channels=4)
    images = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    first = FeatureReader(**reader)(images)
    torch.manual_seed(1)
    assert torch.equal(FeatureReader(**reader)(images), first)
    assert 'weight' not in ''.join(capfd.readouterr())


@pytest.mark.parametrize(
    'kwargs, word',
    [(dict(output='maps'), "'mean'"), (dict(output=''), "'map'"),
     (dict(module='neck', output=''), "'stem'"), (dict(method='walk'), 'walk'),
     (dict(method='pair', output=''), '2 outputs'),
     (dict(model=dict(type='ToyFeatures', dim=7)), 'do not fit')])
def test_what_is_not_there_is_named(folder, kwargs, word):
    with pytest.raises(ValueError, match=word):
        FeatureReader(**arguments(folder, **kwargs)[0])(
            torch.zeros(1, 3, 8, 8, dtype=torch.uint8))


@pytest.mark.slow
def test_the_command_on_two_processes(folder, tmp_path, run_tool):
    config = tmp_path / 'config.py'
    config.write_text(
        'model = dict(type="ResNet", blocks=(1, 1), base_channels=8)\n')
    args = (config, folder / 'train.mmarts', tmp_path / 'feat.mmarts',
            '--crop-size', 64, '--jobs', 2)
    out = run_tool('extract_features', *args)
    assert out.returncode == 0, out.stderr
    assert f'{FRAMES} features of 64 numbers' in out.stdout
    feat = AnnotationFile(tmp_path / 'feat.mmarts').arrays['feat']
    assert feat.shape == (FRAMES, 64) and np.isfinite(feat).all()
