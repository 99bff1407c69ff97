# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The mean person of SPIN is read in SPIN's layout."""
import numpy as np
import pytest
import roma
import torch

from mmarts.body_models import read_mean_params
from mmarts.geometry.rotation import rotmat_to_rot6d


def write(path, **changes):
    rotmats = roma.random_rotmat(24).double().numpy()
    # Both columns' x, then their y, then their z.
    pose = [[m[row, column] for row in range(3) for column in range(2)]
            for m in rotmats]
    arrays = dict(
        pose=np.array(pose).ravel(),
        shape=np.linspace(-1, 1, 10),
        cam=np.array([.9, 0, .1]))
    np.savez(path, **dict(arrays, **changes))
    return rotmats


def test_rotations_are_the_first_two_columns_row_by_row(tmp_path):
    rotmats = write(tmp_path / 'smpl_mean_params.npz')
    mean = read_mean_params(tmp_path / 'smpl_mean_params.npz')
    assert mean.rot6d.dtype == torch.float32
    np.testing.assert_allclose(mean.rotmats.numpy(), rotmats, atol=1e-6)
    torch.testing.assert_close(mean.rot6d, rotmat_to_rot6d(mean.rotmats))
    assert mean.betas.tolist() == pytest.approx(np.linspace(-1, 1, 10))
    assert mean.cam.tolist() == pytest.approx([.9, 0, .1])


def test_what_is_no_rotation_yet_becomes_one(tmp_path):
    pose = np.random.default_rng(0).normal(size=144)
    write(tmp_path / 'mean.npz', pose=pose)
    rotmats = read_mean_params(tmp_path / 'mean.npz').rotmats
    torch.testing.assert_close(rotmats @ rotmats.mT,
                               torch.eye(3).expand(24, 3, 3))
    first = torch.as_tensor(pose.reshape(24, 3, 2)[..., 0]).float()
    torch.testing.assert_close(rotmats[..., 0],
                               first / first.norm(dim=-1, keepdim=True))


def test_found_below_the_root_of_bodies(tmp_path, monkeypatch):
    monkeypatch.setenv('MMARTS_BODY_MODELS', str(tmp_path))
    with pytest.raises(FileNotFoundError, match='smpl_mean_params.npz'):
        read_mean_params()
    write(tmp_path / 'smpl_mean_params.npz')
    assert read_mean_params().betas.shape == (10, )


@pytest.mark.robustness
def test_other_files_are_one_clear_line(tmp_path):
    path = tmp_path / 'mean.npz'
    write(path, pose=np.zeros(72))
    with pytest.raises(ValueError, match=r'pose should be \(144,\)'):
        read_mean_params(path)
    np.savez(path, pose=np.zeros(144))
    with pytest.raises(ValueError, match='shape should be .*not there'):
        read_mean_params(path)
    for content in (b'', b'text', b'PK\x03\x04broken'):
        path.write_bytes(content)
        with pytest.raises(ValueError, match='mean.npz is no .npz file'):
            read_mean_params(path)
