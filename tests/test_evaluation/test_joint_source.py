# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import roma
import torch

from mmarts.evaluation.joint_source import (joint_source, joints_of,
                                            joints_of_samples, source_valid)
from mmarts.structures import BodyParams


def random_sample(body, num_frames=3, prefix='', seed=0):
    rng = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(num_frames, *shape, generator=rng).double()

    turns = roma.rotvec_to_rotmat(draw(body.num_joints, 3))
    params = BodyParams(turns[:, :1], turns[:, 1:], draw(body.num_betas))
    sample = dict(
        sequence='walk', joint_set='h36m17', body_model_id=body.body_model_id)
    values = dict(
        global_orient=params.global_orient,
        body_pose=params.body_pose,
        betas=params.betas,
        vertices=body.vertices(params) + 1,
        joints3d=body.joints(params, 'h36m17') + 2,
        joints3d_rel=body.joints(params, 'h36m17') + 3)
    for key, value in values.items():
        sample[prefix + key] = value
        if not prefix:
            per_joint = key.startswith('joints3d')
            sample[f'{key}_valid'] = torch.ones(
                value.shape[:2 if per_joint else 1], dtype=torch.bool)
    return sample, params


def without(sample, *keys):
    return {k: v for k, v in sample.items() if not k.endswith(keys)}


@pytest.mark.parametrize('prefix', ['', 'pred_'])
def test_order_of_the_sources(toy_body, prefix):
    sample, params = random_sample(toy_body, prefix=prefix)
    expected = toy_body.joints(params, 'h36m17')

    def joints(sample, **kwargs):
        return joints_of(sample, prefix, 'h36m17', toy_body, **kwargs)

    # Each source was shifted by another number of metres.
    for shift, gone in ((0, ()), (1, ('body_pose', )),
                        (2, ('betas', 'vertices')), (3, ('betas', 'vertices',
                                                         'joints3d'))):
        torch.testing.assert_close(
            joints(without(sample, *gone)), expected + shift)
    torch.testing.assert_close(joints(sample, source='joints3d'), expected + 2)
    torch.testing.assert_close(
        joints_of(sample, prefix, 'h36m17'), expected + 2)


def test_targets_that_are_valid_nowhere_are_passed_over(toy_body):
    sample, _ = random_sample(toy_body)
    sample['betas_valid'][:] = False
    sample['vertices_valid'][:2] = False
    assert joint_source(sample, '', 'h36m17', toy_body) == 'vertices'
    assert source_valid(sample, 'vertices', 17).sum(0).tolist() == [1] * 17
    assert not source_valid(sample, 'body_params').any()


def test_many_samples_at_once_are_each_by_themselves(toy_body):
    samples = [
        random_sample(toy_body, n, 'pred_', seed=n)[0] for n in (1, 4, 2, 3)
    ]
    samples[1] = without(samples[1], 'betas')
    together = joints_of_samples(samples, 'pred_', 'coco19', toy_body)
    for sample, joints in zip(samples, together):
        torch.testing.assert_close(
            joints, joints_of(sample, 'pred_', 'coco19', toy_body))


def test_own_joints_serve_only_their_own_set(toy_body):
    sample, _ = random_sample(toy_body)
    only_joints = without(sample, 'global_orient', 'vertices')
    with pytest.raises(ValueError, match='joints "coco19".*"h36m17"'):
        joints_of(only_joints, '', 'coco19', toy_body)
    with pytest.raises(ValueError, match="from vertices, but holds"):
        joints_of(only_joints, '', 'h36m17', toy_body, source='vertices')


@pytest.mark.robustness
def test_another_body_is_refused(toy_body):
    sample, _ = random_sample(toy_body)
    sample['body_model_id'] = 'smpl-12345678'
    with pytest.raises(
            ValueError, match=f'smpl-12345678.*{toy_body.body_model_id}'):
        joints_of(sample, '', 'h36m17', toy_body)


def test_a_dataset_without_bodies_leaves_the_prediction_free(toy_body):
    sample, params = random_sample(toy_body, prefix='pred_')
    sample['body_model_id'] = None
    torch.testing.assert_close(
        joints_of(sample, 'pred_', 'h36m17', toy_body),
        toy_body.joints(params, 'h36m17'))


def test_float32_goes_in_where_the_body_is_float64(toy_body):
    sample, params = random_sample(toy_body)
    half = {
        k: v.float() if torch.is_tensor(v) and v.is_floating_point() else v
        for k, v in sample.items()
    }
    torch.testing.assert_close(
        joints_of(half, '', 'h36m17', toy_body),
        toy_body.joints(params, 'h36m17'),
        atol=1e-5,
        rtol=0)
