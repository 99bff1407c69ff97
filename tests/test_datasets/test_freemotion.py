# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
import roma
import torch

from mmarts.datasets import FreeMotion
from mmarts.datasets.motion.motion_clips import FREEMOTION_FILE, load_clips
from mmarts.geometry.camera import project
from mmarts.structures import BodyParams, check_sample, get_joint_set

NOISE = dict(max_std=0.015, clean=0.2, miss=0.05, swap=0.3)
# All that training adds to the clips.
VARIETY = dict(
    mirror=0.5, splice=0.5, pose_std=0.2, speed=(0.6, 1.5), sampled=0.3)
COCO19 = get_joint_set('coco19')


def make(split='train', **kwargs):
    return FreeMotion(
        split,
        **dict(
            dict(variety=VARIETY, noise=NOISE, camera=dict(truncated=0.3)),
            **kwargs))


@pytest.fixture(scope='module')
def train():
    return make()


@pytest.fixture(scope='module')
def test_set():
    return make('test', views=2)


def assert_equal(one, other, atol=1e-5):
    """Two samples hold the same, up to the rounding of batched products.

    Near the camera a rounded metre is many pixels, hence the tolerance.
    """
    for name in one['inputs']:
        torch.testing.assert_close(
            one['inputs'][name], other['inputs'][name], atol=5e-2, rtol=1e-4)
    a, b = one['data_samples'], other['data_samples']
    assert set(a.keys()) == set(b.keys())
    assert (a.sequence, a.frame_index.tolist()) == (b.sequence,
                                                    b.frame_index.tolist())
    for name in ('joints3d', 'body_pose', 'betas', 'transl'):
        torch.testing.assert_close(a.get(name), b.get(name), atol=atol, rtol=0)


@pytest.mark.parametrize('split', ['train', 'test'])
def test_a_sample_depends_on_seed_and_index_alone(split):
    dataset, again = make(split, views=2), make(split, views=2)
    batch = dataset.__getitems__([5, 3, 9])
    for place, index in ((2, 9), (0, 5), (1, 3)):
        assert_equal(dataset[index], batch[place])
        assert_equal(again[index], batch[place])


def test_asking_changes_nothing(train):
    before = train.bank.quats.clone(), train.bank.root.clone()
    first = train[0]
    train.__getitems__(list(range(1, 40)))
    assert_equal(train[0], first)
    assert torch.equal(train.bank.quats, before[0])
    assert torch.equal(train.bank.root, before[1])


def test_seeds_and_indices_differ(train):
    one, other = train[0]['data_samples'], train[1]['data_samples']
    assert not torch.allclose(one.betas, other.betas)
    reseeded = make(seed=1)[0]['data_samples']
    assert not torch.allclose(one.betas, reseeded.betas)


@pytest.mark.parametrize('split', ['train', 'test'])
@pytest.mark.parametrize('frames', [1, 16, 30])
def test_samples_keep_the_contract(split, frames):
    dataset = make(split, num_frames=frames, views=1)
    for item in dataset.__getitems__([0, len(dataset) - 1]):
        sample, inputs = item['data_samples'], item['inputs']
        check_sample(sample)
        assert inputs['keypoints2d'].shape == (frames, 19, 2)
        assert inputs['keypoints2d_score'].shape == (frames, 19)
        assert inputs['K'].shape == (3, 3)
        assert inputs['image_size'].shape == (2, )
        assert np.allclose(inputs['K'], sample.K)
        assert sample.body_model_id == dataset.body.body_model_id
        for value in inputs.values():
            assert value.dtype == torch.float32 and value.isfinite().all()


def test_targets_agree_with_each_other(train):
    for item in train.__getitems__(list(range(16))):
        sample = item['data_samples']
        params = BodyParams(sample.global_orient, sample.body_pose,
                            sample.betas, sample.transl)
        joints = train.body.joints(params, 'coco19')
        torch.testing.assert_close(joints, sample.joints3d, atol=1e-4, rtol=0)
        root = sample.joints3d[:, [COCO19.root_index]]
        torch.testing.assert_close(
            sample.joints3d - root, sample.joints3d_rel, atol=1e-5, rtol=0)
        torch.testing.assert_close(
            project(sample.joints3d, item['inputs']['K']),
            sample.keypoints2d,
            atol=0.05,
            rtol=1e-4)


def test_without_noise_the_input_is_exact():
    item = FreeMotion('train', noise=None)[3]
    assert torch.equal(item['inputs']['keypoints2d'],
                       item['data_samples'].keypoints2d)
    assert (item['inputs']['keypoints2d_score'] == 1).all()


def test_what_the_picture_cuts_off_is_missed():
    dataset = FreeMotion(
        'train',
        noise=dict(max_std=0., miss=0., swap=0.),
        camera=dict(truncated=1.))
    cut = 0
    for item in dataset.__getitems__(list(range(32))):
        exact = item['data_samples'].keypoints2d
        inside = ((exact >= 0) &
                  (exact < item['inputs']['image_size'])).all(-1)
        score = item['inputs']['keypoints2d_score']
        torch.testing.assert_close(score, inside.float())
        cut += (~inside).any()
    assert cut > 16


def test_noise_of_a_test_track_belongs_to_the_track():
    noisy = FreeMotion('test', views=1, noise=dict(NOISE, clean=0.))
    one, two = noisy.__getitems__([0, 1])
    shared = noisy.num_frames - 8
    for name in ('keypoints2d', 'keypoints2d_score'):
        torch.testing.assert_close(
            one['inputs'][name][8:],
            two['inputs'][name][:shared],
            atol=1e-2,
            rtol=1e-4)
    exact = one['data_samples'].keypoints2d
    assert not torch.allclose(one['inputs']['keypoints2d'], exact, atol=0.5)


def test_splits_share_no_clip():
    names = [{
        clip.name
        for clip in load_clips(str(FREEMOTION_FILE), split, 30.)
    } for split in ('train', 'test')]
    assert names[0] and names[1] and not names[0] & names[1]


def test_test_windows_of_a_view_are_one_track(test_set):
    tracks = {}
    for item in test_set.__getitems__(list(range(len(test_set)))):
        sample = item['data_samples']
        tracks.setdefault(sample.sequence, []).append(item)
    assert len(tracks) == 2 * len(test_set.clips)
    for items in tracks.values():
        seen = {}
        for item in items:
            sample = item['data_samples']
            first = items[0]['data_samples']
            assert np.array_equal(sample.K, first.K)
            assert torch.equal(sample.betas[0], first.betas[0])
            for i, frame in enumerate(sample.frame_index.tolist()):
                joints = seen.setdefault(frame, sample.joints3d[i])
                torch.testing.assert_close(
                    sample.joints3d[i], joints, atol=1e-4, rtol=0)
        # No frame of a clip is left out.
        assert sorted(seen) == list(range(len(seen)))


def test_cameras_headings_and_shapes_vary(train):
    samples = [i['data_samples'] for i in train.__getitems__(list(range(64)))]
    assert len({tuple(s.image_size) for s in samples}) >= 3
    assert len({float(s.K[0, 0]) for s in samples}) == 64
    betas = torch.stack([s.betas[0] for s in samples])
    assert betas.std() == pytest.approx(1, abs=0.15)
    assert betas.abs().max() <= train.max_beta
    # Left hip seen from the right one, on the ground: all around.
    left, right = COCO19.index('L_Hip', 'R_Hip')
    across = torch.stack(
        [s.joints3d[0, left] - s.joints3d[0, right] for s in samples])
    assert across[:, [0, 2]].sign().unique(dim=0).shape[0] == 4


def test_people_stand_before_the_camera_and_in_the_picture(train):
    items = train.__getitems__(list(range(64)))
    assert all((i['data_samples'].joints3d[..., 2] > 0.2).all() for i in items)
    inside = []
    for item in items:
        middle = item['data_samples'].keypoints2d[8, COCO19.root_index]
        size = item['inputs']['image_size']
        inside.append(((middle > 0) & (middle < size)).all())
    assert sum(inside) > 0.95 * len(inside)


def test_walking_people_are_upright(test_set):
    nose, *ankles = COCO19.index('Nose', 'L_Ankle', 'R_Ankle')
    walks = [
        i['data_samples']
        for i in test_set.__getitems__(list(range(len(test_set))))
        if 'walk' in i['data_samples'].action
    ]
    assert walks
    for sample in walks:
        joints = sample.joints3d
        # y is down: the head is more than a metre above the feet.
        height = joints[:, ankles, 1].mean(1) - joints[:, nose, 1]
        assert (height > 1).all()


def test_variety_is_of_training_alone():
    plain, varied = (
        FreeMotion('test', views=1, variety=variety)
        for variety in (None, VARIETY))
    assert_equal(plain[4], varied[4])


def test_variety_changes_poses():
    poses = [
        torch.stack([
            i['data_samples'].body_pose for i in FreeMotion(
                'train', variety=variety).__getitems__(list(range(8)))
        ]) for variety in (None, VARIETY)
    ]
    assert roma.is_rotation_matrix(poses[1], epsilon=1e-4)
    assert not torch.allclose(poses[0], poses[1], atol=1e-2)


@pytest.mark.robustness
def test_a_window_longer_than_all_clips_is_an_error():
    with pytest.raises(ValueError, match='as long as 5000 frames'):
        FreeMotion('train', num_frames=5000)


@pytest.mark.robustness
def test_unknown_split_and_missing_file_are_named(tmp_path):
    with pytest.raises(ValueError, match='no clips of split "trial"'):
        FreeMotion('trial')
    with pytest.raises(FileNotFoundError, match='make_assets.py'):
        FreeMotion('train', ann_file=str(tmp_path / 'none.npz'))
