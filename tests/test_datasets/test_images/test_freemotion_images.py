# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import inspect
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config

from mmarts.datasets import FreeMotionImages
from mmarts.datasets.images import CropMaker
from mmarts.datasets.rendering import PictureMaker
from mmarts.registry import DATASETS
from mmarts.structures import check_sample

ROOT = Path(__file__).parents[3]
AUGMENT = dict(
    margin=(1.0, 1.6),
    each_side=True,
    half_body=dict(chance=0.3),
    rotation=dict(chance=0.5),
    flip=0.5)


@pytest.fixture(scope='module')
def stills():
    return FreeMotionImages(
        'train',
        joint_set='smpl24',
        crop_size=128,
        augment=AUGMENT,
        pixels=dict(erase=0.3, jitter=(0.3, 0.3, 0.3, 0.1)))


@pytest.fixture(scope='module')
def clips():
    return FreeMotionImages(
        'train', num_frames=4, interval=8, crop_size=64, vertices=True)


def same(first, second):
    """Up to the rounding of batched products, and hardly a pixel."""
    image, other = (x['inputs'].pop('image') for x in (first, second))
    pairs = [(first['inputs'][k], second['inputs'][k])
             for k in first['inputs']]
    pairs += [(v, second['data_samples'].get(k))
              for k, v in first['data_samples'].items()]
    return (image != other).float().mean() < 1e-3 and all(
        torch.allclose(a, b, rtol=1e-4, atol=1e-4) for a, b in pairs)


def test_a_still_has_every_key(stills):
    item = stills[5]
    inputs, sample = item['inputs'], item['data_samples']
    check_sample(sample)
    assert inputs['image'].shape == (1, 3, 128, 128)
    assert inputs['image'].dtype == torch.uint8
    assert inputs['box_centre'].shape == (1, 2)
    assert inputs['box_size'].shape == (1, )
    assert sample.keypoints2d_crop.shape == (1, 24, 2)
    assert {'cam', 'joints3d', 'body_pose', 'betas'} <= set(sample.keys())
    assert sample.crop_affine.shape == (1, 2, 3)


def test_a_sample_depends_on_seed_and_index_alone(stills):
    assert same(stills[5], stills.__getitems__([2, 9, 5])[2])
    again = FreeMotionImages(
        'train',
        joint_set='smpl24',
        crop_size=128,
        augment=AUGMENT,
        pixels=dict(erase=0.3, jitter=(0.3, 0.3, 0.3, 0.1)))
    assert same(stills[5], again[5])
    again.seed = again.motion.seed = 1
    assert not same(stills[5], again[5])


def test_a_clip_is_every_eighth_frame_with_one_look(clips):
    item = clips[3]
    sample = item['data_samples']
    check_sample(sample)
    assert list(sample.frame_index) == [0, 8, 16, 24]
    assert item['inputs']['image'].shape == (4, 3, 64, 64)
    assert item['inputs']['keypoints2d'].shape[0] == 4
    assert sample.vertices.shape == (4, 6890, 3)
    every = clips.motion[3]['data_samples']
    assert torch.equal(sample.joints3d, every.joints3d[::8])
    middle = sample.vertices.mean(1) - sample.joints3d.mean(1)
    assert middle.norm(dim=-1).max() < 0.3


@pytest.fixture
def plain(stills):
    """The same motion in other crops, and nothing before the person."""
    before = stills.crop, stills.make_pictures
    stills.crop = CropMaker(96)
    stills.make_pictures = PictureMaker(stills.body, occluded=0.0)
    yield stills
    stills.crop, stills.make_pictures = before


def test_the_body_is_where_the_joints_are(plain):
    plain.crop = CropMaker(256, augment=dict(AUGMENT, half_body=None))
    # Two clothes, one room: what differs is the person.
    hits = []
    for index in range(8):
        images = []
        for colour in (0.0, 1.0):
            first = plain.make_pictures.painter.draw_outfit

            def dressed(rng, colour=colour, first=first):
                outfit = first(rng)
                outfit.first[:] = outfit.second[:] = colour
                return outfit

            plain.make_pictures.painter.draw_outfit = dressed
            item = plain[index]
            plain.make_pictures.painter.draw_outfit = first
            images.append(item['inputs']['image'][0].float().mean(0).numpy())
        body = np.abs(images[1] - images[0]) > 12
        # A joint of the trunk lies inside of the outline.
        names = ('pelvis', 'spine2', 'neck', 'left_knee', 'right_knee')
        picked = plain.motion.joint_set.index(*names)
        points = (item['data_samples'].keypoints2d_crop[0, picked] + 1) * 128
        wide = cv2.dilate(body.astype(np.uint8), np.ones((5, 5)))
        for x, y in points.long().tolist():
            if 0 <= x < 256 and 0 <= y < 256:
                hits.append(wide[y, x])
    assert len(hits) > 30 and np.mean(hits) > 0.95


def test_a_mirror_mirrors_the_picture_and_nothing_else(plain):
    first = plain[4]
    plain.crop = CropMaker(96, augment=dict(flip=1.0))
    second = plain[4]
    assert torch.equal(first['inputs']['image'].flip(-1),
                       second['inputs']['image'])
    left, right = (x['data_samples'].keypoints2d_crop for x in (first, second))
    order = plain.motion.joint_set.flip_indices
    expected = left[:, order] * torch.tensor([-1., 1.])
    assert (expected - right).abs().max() < 1e-4


def test_windows_of_a_track_wear_the_same():
    test = FreeMotionImages('val', num_frames=8, crop_size=48, views=1)
    first, second = test.motion.test_windows[:2]
    assert first[:2] == second[:2]
    outfits = []
    draw = test.make_pictures.painter.draw_outfit

    def noted(rng):
        outfits.append(draw(rng))
        return outfits[-1]

    test.make_pictures.painter.draw_outfit = noted
    test[0], test[1], test[len(test) - 1]
    assert (outfits[0].first == outfits[1].first).all()
    assert (outfits[0].first != outfits[2].first).any()


def test_a_folder_of_pictures_is_the_background(plain, tmp_path):
    cv2.imwrite(str(tmp_path / 'red.png'), np.full((40, 60, 3), (0, 0, 250)))
    plain.crop = CropMaker(64, augment=dict(margin=(1.5, 1.5)))
    plain.make_pictures = PictureMaker(plain.body, str(tmp_path), 0.0)
    image = plain[0]['inputs']['image'][0].float()
    corner = image[:, :6, :6].mean((1, 2))
    assert corner[0] > 220 and corner[1:].max() < 30
    with pytest.raises(FileNotFoundError, match='nowhere'):
        PictureMaker(plain.body, 'nowhere')


def test_outside_of_the_picture_it_is_black(plain):
    plain.crop = CropMaker(64, augment=dict(margin=(9, 9)))
    item = plain[1]
    affine = item['data_samples'].crop_affine[0]
    width, height = item['data_samples'].image_size
    low, high = affine[:, 2], affine[:, :2] @ (width, height) + affine[:, 2]
    rows, columns = np.mgrid[:64, :64] + 0.5
    outside = (columns < low[0] - 1) | (columns > high[0] +
                                        1) | (rows < low[1] - 1) | (
                                            rows > high[1] + 1)
    image = item['inputs']['image'][0].numpy()
    assert outside.sum() > 100 and image[:, outside].max() == 0
    assert image[:, ~outside].max() > 0


@pytest.mark.parametrize('kwargs, word', [(dict(box='clip'), 'clip'),
                                          (dict(interval=0), '0')])
def test_wrong_arguments_are_errors(kwargs, word):
    with pytest.raises(ValueError, match=word):
        FreeMotionImages('train', **kwargs)


def test_the_base_config_names_what_is_there():
    cfg = Config.fromfile(ROOT / 'configs/_base_/datasets'
                          '/freemotion_images.py')
    for recipe in ('dsd_augment', 'int_augment', 'pointhmr_augment'):
        CropMaker(**cfg[recipe].to_dict())
    data = DATASETS.build(cfg.test_dataloader.dataset)
    item = data[len(data) - 1]
    check_sample(item['data_samples'])
    assert item['inputs']['image'].shape == (1, 3, 256, 256)
    inspect.signature(FreeMotionImages).bind(**{
        k: v
        for k, v in cfg.train_dataloader.dataset.items() if k != 'type'
    })
