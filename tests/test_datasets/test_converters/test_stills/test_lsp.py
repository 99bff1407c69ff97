# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
from people_files import cut_short, write_picture
from scipy.io import savemat

K, N = 14, 4


def points(seed=0):
    return np.random.default_rng(seed).uniform(5, 50, (N, K, 2))


def write_lsp(root, array=None, digits=4, count=N):
    """``lsp`` is 3 x 14 x N; its third row says which joints are hidden."""
    root.mkdir(exist_ok=True)
    if array is None:
        hidden = np.arange(K) % 3 == 0
        array = np.concatenate([
            points().transpose(2, 1, 0),
            np.repeat(hidden[None, :, None], N, 2)
        ])
    savemat(root / 'joints.mat', dict(joints=array))
    for i in range(count):
        write_picture(root / f'images/im{i + 1:0{digits}}.jpg', 60, 70)
    return root


def extended():
    """14 x 3 x N; its third column says which joints are annotated."""
    seen = np.arange(K) % 3 > 0
    array = np.concatenate(
        [points().transpose(1, 2, 0),
         np.repeat(seen[:, None, None], N, 2)], 1)
    array[~seen, :2] = -1e4
    return array


def test_lsp_annotates_hidden_joints(tmp_path, convert):
    root = write_lsp(tmp_path / 'lsp')
    result = convert('lsp', root, images=str(root))
    train, test = result['train'], result['test']
    assert train['image'].tolist() == [
        b'images/im0001.jpg', b'images/im0002.jpg'
    ]
    assert test['sequence'].tolist() == ['im0003', 'im0004']
    both = np.concatenate([train['keypoints2d'], test['keypoints2d']])
    np.testing.assert_allclose(both, points() - 0.5, rtol=1e-5)
    assert (train['keypoints2d_score'] == 1).all()
    assert train['image_size'].tolist() == [[60, 70]] * 2


def test_the_extension_says_what_is_annotated(tmp_path, convert):
    root = write_lsp(tmp_path / 'lspet', extended(), digits=5)
    arrays = convert('lspet', root, images=str(root))['train']
    seen = np.arange(K) % 3 > 0
    assert (arrays['keypoints2d_score'] == seen).all()
    np.testing.assert_allclose(
        arrays['keypoints2d'][:, seen], points()[:, seen] - 0.5, rtol=1e-5)
    assert (arrays['keypoints2d'][:, ~seen] == 0).all()
    assert (arrays['box'][:, :2] > -10).all()


@pytest.mark.robustness
def test_bad_records_are_named(tmp_path, refuses):
    array = extended()
    array[4, 0, 2] = np.nan
    root = write_lsp(tmp_path / 'lspet', array, digits=5)
    result, bad = refuses(
        'lspet',
        root,
        'joints.mat, person 2 (images/im00003.jpg)',
        'not finite',
        images=str(root))
    assert len(bad) == 1 and len(result['train']['person']) == N - 1
    (root / 'images/im00003.jpg').write_bytes(b'\xff\xd8\xff')
    refuses(
        'lspet',
        write_lsp(root, extended(), 5, 2),
        'im00003.jpg',
        'cannot be read',
        images=str(root))


@pytest.mark.robustness
def test_bad_files_are_named(tmp_path, refuses, convert):
    root = write_lsp(tmp_path / 'lsp', extended())
    refuses('lsp', root, 'should be (3, 14, N), but is (14, 3, 4)')
    refuses('lspet', write_lsp(root), 'should be (14, 3, N)')
    refuses('lsp', root, 'name their folder')
    write_picture(root / 'images/im0009.jpg', 60, 70)
    refuses('lsp', root, '4 people, but there are 5 pictures')
    cut_short(root / 'joints.mat')
    refuses('lsp', root, 'joints.mat', 'no complete MATLAB file')
    (root / 'joints.mat').unlink()
    with pytest.raises(ValueError, match='should hold one joints.mat'):
        convert('lsp', root)
