# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import json

import numpy as np
import pytest
import roma
import torch

from mmarts.datasets.motion.motion_clips import (FREEMOTION_FILE, SPLIT_FILE,
                                                 MotionClip, load_clips,
                                                 resample)

KNOWN = json.loads(SPLIT_FILE.read_text())['clips']


def write_clip(folder, name, digest=None, frames=7, fps=30.):
    """A converted clip, as tools/convert_dataset.py writes it."""
    rng = np.random.default_rng(0)
    np.savez(
        folder / f'{name.replace("/", "_")}.npz',
        name=name,
        source_sha256=digest or KNOWN[name]['source_sha256'],
        fps=fps,
        rotvec=0.3 * rng.normal(size=(frames, 24, 3)).astype(np.float32),
        transl=rng.normal(size=(frames, 3)).astype(np.float32))


@pytest.fixture
def folder(tmp_path):
    for name in ('cmu/02_01', 'cmu/03_01', 'cmu/07_01', 'pybullet/walk'):
        write_clip(tmp_path, name)
    write_clip(tmp_path, 'mine/somersault', 'ab' * 32)
    return tmp_path


def names(path, split):
    return {clip.name for clip in load_clips(str(path), split, 30.)}


def test_a_folder_is_split_by_name_and_the_unknown_is_for_training(folder):
    assert names(folder, 'train') == {'cmu/02_01', 'mine/somersault'}
    assert names(folder, 'val') == {'cmu/03_01'}
    assert names(folder, 'test') == {'cmu/07_01', 'pybullet/walk'}


def test_a_test_clip_from_another_source_is_no_training_clip(folder):
    write_clip(folder, 'cmu/07_02', 'cd' * 32)
    assert 'cmu/07_02' in names(folder, 'test')
    assert 'cmu/07_02' not in names(folder, 'train')


def test_a_clip_comes_back_as_it_was_written(folder):
    clip = next(
        c for c in load_clips(str(folder), 'val', 30.)
        if c.name == 'cmu/03_01')
    with np.load(folder / 'cmu_03_01.npz') as data:
        torch.testing.assert_close(
            roma.rotmat_to_rotvec(clip.rotmats),
            torch.as_tensor(data['rotvec']),
            atol=1e-5,
            rtol=0)
        torch.testing.assert_close(clip.root, torch.as_tensor(data['transl']))


def test_the_shipped_clips_have_the_splits_of_the_split_file():
    for split in ('train', 'val', 'test'):
        assert names(FREEMOTION_FILE, split) == {
            name
            for name, entry in KNOWN.items() if entry['split'] == split
        }


@pytest.mark.robustness
def test_a_folder_without_clips_of_a_split_says_so(tmp_path):
    write_clip(tmp_path, 'cmu/02_01')
    with pytest.raises(ValueError, match=r'no clips of split "val".*train'):
        load_clips(str(tmp_path), 'val', 30.)


@pytest.mark.parametrize('ratio', [1, 2])
def test_resampling_to_a_divisor_takes_every_nth_frame(ratio):
    clip = MotionClip('a', roma.random_rotmat((41, 24)), torch.randn(41, 3),
                      60.)
    new = resample(clip, 60. / ratio)
    assert len(new) == 40 // ratio + 1 and new.fps == 60. / ratio
    torch.testing.assert_close(
        new.rotmats, clip.rotmats[::ratio], atol=1e-4, rtol=0)
    torch.testing.assert_close(new.root, clip.root[::ratio], atol=1e-5, rtol=0)


def test_resampling_goes_along_geodesics():
    axis, angles = torch.tensor([0., 0.6, 0.8]), torch.linspace(0, 2, 9)
    turns = roma.rotvec_to_rotmat(angles[:, None] * axis)[:, None]
    path = angles[:, None] * axis
    new = resample(MotionClip('a', turns, path, 8.), 24.)
    fine = torch.linspace(0, 2, 25)[:, None] * axis
    assert len(new) == 25
    torch.testing.assert_close(
        new.rotmats[:, 0], roma.rotvec_to_rotmat(fine), atol=1e-4, rtol=0)
    torch.testing.assert_close(new.root, fine, atol=1e-5, rtol=0)


def test_the_clips_at_60_fps_hold_those_at_30():
    slow, fast = (
        load_clips(str(FREEMOTION_FILE), 'test', fps)[0] for fps in (30., 60.))
    count = len(slow)
    assert abs(len(fast) - 2 * count) <= 2
    torch.testing.assert_close(
        fast.rotmats[::2][:count], slow.rotmats, atol=1e-4, rtol=0)
