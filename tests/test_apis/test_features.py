# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest

from mmarts.apis import Track, VideoError
from mmarts.apis.features import load_features
from mmarts.apis.inferencer import _add_features


@pytest.mark.parametrize('ending', ['npy', 'npz'])
def test_both_kinds_of_file(tmp_path, ending):
    features = np.random.rand(5, 8).astype(np.float32)
    path = tmp_path / f'features.{ending}'
    if ending == 'npy':
        np.save(path, features)
    else:
        np.savez(path, feat=features)
    np.testing.assert_array_equal(load_features(path, 8), features)


@pytest.mark.robustness
def test_what_does_not_fit_is_named(tmp_path):
    path = tmp_path / 'features.npy'
    with pytest.raises(FileNotFoundError, match='features.npy'):
        load_features(path, 8)
    np.save(path, np.zeros((5, 7)))
    with pytest.raises(VideoError, match=r'\(frames, 8\), but is \(5, 7\)'):
        load_features(path, 8)
    with pytest.raises(VideoError, match='reads no image features'):
        load_features(path, 0)
    np.savez(tmp_path / 'other.npz', other=np.zeros(3))
    with pytest.raises(VideoError, match='"feat"'):
        load_features(tmp_path / 'other.npz', 8)
    path.write_text('no numbers')
    with pytest.raises(VideoError, match='.npy of numbers'):
        load_features(path, 8)


def make_track(frames):
    count = len(frames)
    return Track(
        frames=np.asarray(frames),
        keypoints2d=np.zeros((count, 19, 2)),
        scores=np.zeros((count, 19)),
        boxes=np.zeros((count, 4)),
        valid=np.ones(count, bool),
        fps=30.,
        image_size=(10, 10))


def test_each_person_gets_the_features_of_its_frames():
    features, tracks = np.arange(10)[:, None], [make_track([2, 3, 4])]
    _add_features(tracks, features, 10)
    assert tracks[0].feat.tolist() == [[2], [3], [4]]
    with pytest.raises(VideoError, match='of 10 frames, but the video has 11'):
        _add_features(tracks, features, 11)
