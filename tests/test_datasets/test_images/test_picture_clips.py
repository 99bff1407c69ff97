# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
import torch
from toy_pictures import toy_pictures

from mmarts.datasets import PictureClips
from mmarts.structures import check_sample

FRAMES = 20


@pytest.fixture(scope='module')
def folder(tmp_path_factory, free_body):
    path = tmp_path_factory.mktemp('pictures')
    toy_pictures(
        path,
        free_body,
        FRAMES,
        box=np.tile(np.float32([300, 200, 700, 900]), (FRAMES, 1)))
    return path


def make(folder, **kwargs):
    kwargs = dict(
        dict(num_frames=4, interval=4, joint_set='coco19', crop_size=64),
        **kwargs)
    return PictureClips(str(folder / 'train.mmarts'), **kwargs)


ALL = dict(jitter=(0.3, 0.3, 0.3, 0.1))


def bright(image):
    """Middle of what is brightest in ``(3, S, S)``: x, y in [-1, 1]."""
    grey = image.float().mean(0)
    y, x = torch.nonzero(grey > 128).float().mean(0)
    return 2 * torch.stack([x, y]) / image.shape[-1] - 1


@pytest.mark.parametrize('num_frames, interval', [(4, 4), (8, 2), (16, 1)])
def test_tests_see_every_frame_of_a_stretch_once(folder, num_frames, interval):
    data = make(folder, num_frames=num_frames, interval=interval)
    seen = [data[i]['data_samples'].frame_index for i in range(interval)]
    assert all((np.diff(frames) == interval).all() for frames in seen)
    assert sorted(np.concatenate(seen)) == list(range(16))
    # Another stretch reaches the end of the track.
    assert len(data) == 2 * interval
    assert data[len(data) - 1]['data_samples'].frame_index[-1] == FRAMES - 1


def test_a_picture_is_that_of_its_frame(folder):
    item = make(folder, augment=dict(margin=(0.2, 0.2)))[1]
    corner = item['inputs']['image'][:, 0, 0, 0]
    assert corner.tolist() == item['data_samples'].frame_index.tolist()


@pytest.mark.parametrize('flip', [0., 1.])
@pytest.mark.parametrize('angle', [0., 1.])
def test_keypoints_are_where_the_crop_shows_them(folder, flip, angle):
    augment = dict(
        flip=flip, rotation=dict(chance=angle), tight=dict(chance=1))
    data = make(folder, crop_size=224, training=True, augment=augment)
    item = data.drawn(0, 3)
    sample, images = item['data_samples'], item['inputs']['image']
    check_sample(sample)
    # In a mirror the nose stays the nose.
    for i, image in enumerate(images):
        point = sample.keypoints2d_crop[i, 0]
        if point.abs().max() < 0.9:
            torch.testing.assert_close(bright(image), point, atol=0.02, rtol=0)


def test_all_frames_of_a_clip_change_alike(folder):
    data = make(
        folder,
        training=True,
        augment=dict(tight=dict(chance=1.)),
        pixels=dict(erase=1.))
    item = data.drawn(0, 5)
    inputs = item['inputs']
    assert (inputs['box_size'] == inputs['box_size'][0]).all()
    assert inputs['box_size'][0] != 1.1 * 700
    black = (inputs['image'][1:, 0] == 0)
    assert black.any() and (black == black[0]).all()


def test_a_draw_depends_on_its_number_only(folder):
    data = make(folder, training=True, pixels=ALL)
    first, again = data.drawn(0, 7), data.drawn(0, 7)
    assert torch.equal(first['inputs']['image'], again['inputs']['image'])
    others = [data.drawn(0, n)['inputs']['image'] for n in (8, 9, 10)]
    assert not all(torch.equal(first['inputs']['image'], o) for o in others)


def test_a_round_ends(folder):
    data = make(folder, repeat=2)
    assert sum(1 for _ in data) == len(data)


def test_short_tracks_go_back_and_forth_without_targets(folder):
    data = make(folder, num_frames=16, interval=2)
    assert len(data) == 2
    sample = data[0]['data_samples']
    real = sample.frame_index < FRAMES
    assert real.sum() == FRAMES // 2
    for key in ('joints3d_rel', 'keypoints2d_crop', 'betas'):
        valid = sample.get(f'{key}_valid').reshape(16, -1)
        assert valid[real].all() and not valid[~real].any()
    # Frame 20 looks like 18, the last but one.
    assert data[0]['inputs']['image'][10, 0, 0, 0] == 18


def test_joints_are_converted_and_those_that_are_missing_masked(folder):
    sample = make(folder, joint_set='spin49')[0]['data_samples']
    check_sample(sample)
    assert sample.joints3d_rel.shape == (4, 49, 3)
    valid = sample.joints3d_rel_valid[0]
    joints = make(folder, joint_set='spin49').joint_set
    assert valid[joints.index('L_Knee', 'R_Hip', 'OP_Mid_Hip')].all()
    assert not valid[joints.index('OP_L_Heel')].any()


def test_confidences_are_kept_where_they_are_asked_for(tmp_path, free_body):
    toy_pictures(
        tmp_path,
        free_body,
        4,
        keypoints2d_score=np.full((4, 19), 0.5, np.float32))
    kept = make(tmp_path, num_frames=2, interval=1, confidences=True)[0]
    valid = kept['data_samples'].keypoints2d_crop_valid
    assert valid.unique().tolist() == [0.5]


@pytest.mark.robustness
def test_what_is_missing_is_named(tmp_path, folder, free_body):
    with pytest.raises(FileNotFoundError, match='image_root'):
        make(folder, image_root=str(tmp_path))[0]
    toy_pictures(tmp_path / 'a', free_body, 4)
    arrays = toy_pictures(tmp_path / 'b', free_body, 4)
    del arrays['image']
    np.savez(tmp_path / 'b' / 'no.npz', **arrays)
    with pytest.raises(ValueError, match='names no pictures'):
        PictureClips(str(tmp_path / 'b' / 'no.npz'))
