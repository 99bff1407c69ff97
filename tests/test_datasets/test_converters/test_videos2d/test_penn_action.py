# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
from people_files import cut_short, write_picture
from scipy.io import savemat

K, FRAMES = 13, 5


def video(train=1, frames=FRAMES, **changes):
    rng = np.random.default_rng(frames)
    seen = np.ones((frames, K))
    seen[:, 4] = 0
    return dict(
        dict(
            action='baseball_pitch',
            pose='right',
            x=rng.uniform(5, 60, (frames, K)),
            y=rng.uniform(5, 40, (frames, K)),
            visibility=seen,
            train=train,
            bbox=np.tile([3., 4, 60, 45], (frames, 1)),
            dimensions=np.array([48, 64, frames]),
            nframes=frames), **changes)


def write(root, name, pictures=FRAMES, **changes):
    (root / 'labels').mkdir(parents=True, exist_ok=True)
    savemat(root / f'labels/{name}.mat', video(**changes))
    for i in range(pictures):
        write_picture(root / f'frames/{name}/{i + 1:06}.jpg', 64, 48)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / 'Penn_Action'
    write(root, '0001')
    write(root, '0002', train=-1)
    write(root, '0003', frames=1)
    return root


def test_videos_by_the_split_in_their_files(root, convert):
    result = convert('penn-action', root, images=str(root))
    train = result['train']
    assert train['sequence'].tolist() == ['0001'] * FRAMES + ['0003']
    assert result['test']['sequence'].tolist() == ['0002'] * FRAMES
    assert train['image'][2] == b'frames/0001/000003.jpg'
    assert train['frame_index'].tolist() == [0, 1, 2, 3, 4, 0]
    assert train['action'][0] == b'baseball_pitch'
    assert (train['keypoints2d_score'] == np.delete(np.ones(K + 1), 4)[:K] *
            (np.arange(K) != 4)).all()
    # MATLAB's first pixel is 1, and its centre half a pixel off the corner.
    seen = np.arange(K) != 4
    expected = np.stack([video()['x'], video()['y']], -1)[:, seen] - 0.5
    np.testing.assert_allclose(
        train['keypoints2d'][:FRAMES, seen], expected, rtol=1e-5)


@pytest.mark.robustness
def test_bad_input_is_named(root, refuses, convert):
    nan = video()['x']
    nan[2, 0] = np.nan
    for changes, words, rows in ((dict(x=np.ones((FRAMES - 1,
                                                  K))), 'a video of 5 frames',
                                  1), (dict(bbox=np.ones((FRAMES + 1, 4))),
                                       'a video of 5 frames', 1),
                                 (dict(x=nan),
                                  'frame 3: keypoints2d[0, 0] is nan', 5),
                                 (dict(bbox=np.zeros((FRAMES, 4))), 'is empty',
                                  1), (dict(dimensions=[48, 60, FRAMES]),
                                       'should have 60 x 48', 1)):
        write(root, '0001', **changes)
        result, bad = refuses(
            'penn-action', root, 'labels/0001.mat', words, images=str(root))
        assert result.splits['train']['rows'] == rows
    write(root, '0001')
    (root / 'frames/0001/000002.jpg').unlink()
    refuses('penn-action', root, 'frame 2', 'is not in', images=str(root))


@pytest.mark.robustness
def test_bad_files_are_named(root, refuses, convert):
    savemat(root / 'labels/0001.mat', dict(train=1, x=1))
    result, _ = refuses('penn-action', root, 'labels/0001.mat', "lacks ['y'")
    assert result.splits['train']['rows'] == 1
    savemat(root / 'labels/0001.mat', dict(video(), train=[1, 1]))
    refuses('penn-action', root, 'labels/0001.mat', 'should be 1 or -1')
    write(root, '0001')
    cut_short(root / 'labels/0001.mat')
    refuses('penn-action', root, 'labels/0001.mat', 'no complete MATLAB file')
    for path in (root / 'labels').iterdir():
        path.unlink()
    with pytest.raises(ValueError, match='has no labels'):
        convert('penn-action', root)
