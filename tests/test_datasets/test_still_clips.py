# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
import roma
import torch

from mmarts.body_models import SMPL
from mmarts.datasets import StillClips
from mmarts.structures import BodyParams, check_sample


@pytest.fixture
def body(toy_file):
    return SMPL(toy_file)


@pytest.fixture
def people(body, tmp_path):
    """Three people in COCO's joints; the last one has no fit."""
    rng = np.random.default_rng(0)
    fitted = np.array([True, True, False])
    arrays = dict(
        sequence=np.array(['1', '2', '3']),
        person=np.array(['0'] * 3),
        frame_index=np.zeros(3, int),
        fps=30.,
        image_size=np.full((3, 2), (640, 480)),
        joint_set='coco17',
        body_model_id=body.body_model_id,
        keypoints2d=rng.uniform(0, 480, (3, 17, 2)),
        keypoints2d_score=np.ones((3, 17)),
        global_orient=rng.normal(size=(3, 1, 3)),
        body_pose=0.2 * rng.normal(size=(3, 23, 3)),
        betas=rng.normal(size=(3, 10)),
        transl=rng.normal((0, 0, 4), size=(3, 3)))
    for name in ('global_orient', 'body_pose', 'betas', 'transl'):
        arrays[f'{name}_valid'] = fitted
    np.savez(tmp_path / 'coco.npz', **arrays)
    return str(tmp_path / 'coco.npz'), arrays


def test_a_picture_is_a_clip_in_which_nobody_moves(people, body):
    path, arrays = people
    data = StillClips(path, body, num_frames=4)
    assert len(data) == 3
    item = data[1]
    inputs, sample = item['inputs'], item['data_samples']
    check_sample(sample)
    assert sample.joint_set == 'coco19'
    assert sample.frame_index.tolist() == [0, 1, 2, 3]
    points = inputs['keypoints2d']
    assert points.shape == (4, 19, 2) and (points == points[:1]).all()
    np.testing.assert_allclose(
        points[0, :17], arrays['keypoints2d'][1], rtol=1e-6)
    turns = roma.rotvec_to_rotmat(
        torch.tensor(
            np.concatenate([arrays['global_orient'], arrays['body_pose']],
                           1)[[1]]))
    params = BodyParams(turns[:, :1], turns[:, 1:],
                        torch.tensor(arrays['betas'][[1]]),
                        torch.tensor(arrays['transl'][[1]]))
    expected = body.joints(params.map(lambda t: t.float()), 'coco19')
    np.testing.assert_allclose(
        sample.joints3d, expected.expand(4, -1, -1), atol=1e-5)
    assert sample.joints3d_valid.all()


def test_without_a_fit_the_joints_are_masked(people, body):
    sample = StillClips(people[0], body)[2]['data_samples']
    assert not sample.joints3d_valid.any()
    assert sample.keypoints2d_valid.all()


def test_a_file_without_fits_is_told(people, body, tmp_path):
    bare = {
        k: v
        for k, v in people[1].items() if not k.startswith('body_pose')
    }
    np.savez(tmp_path / 'bare.npz', **bare)
    with pytest.raises(ValueError, match='no SMPL fits.*--options fits'):
        StillClips(str(tmp_path / 'bare.npz'), body)
