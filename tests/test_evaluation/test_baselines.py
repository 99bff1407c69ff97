# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import torch
from mmengine.dataset import pseudo_collate

from mmarts.datasets import FreeMotion
from mmarts.evaluation import pa_mpjpe
from mmarts.evaluation.comparison.baselines import NearestPose, ProcrustesMean
from mmarts.registry import MODELS
from mmarts.structures import BodyParams


@pytest.fixture(scope='module')
def dataset():
    return FreeMotion('train', seed=3)


def collated(dataset, count):
    batch = pseudo_collate(dataset.__getitems__(range(count)))
    return MODELS.build(dict(type='WindowPreprocessor'))(batch)


def test_nearest_pose_of_a_training_frame_is_itself(dataset):
    predict = NearestPose(dataset, dict(type='BoxNormalizer'), num_windows=6)
    batch = collated(dataset, 4)
    for sample in predict(batch['inputs'], batch['data_samples']):
        for name in ('global_orient', 'body_pose', 'betas'):
            torch.testing.assert_close(
                sample.get(f'pred_{name}'), sample.get(name))
        assert list(sample.pred_frame_index) == list(sample.frame_index)


def test_mean_pose_is_nearer_to_the_poses_than_they_are_to_each_other(dataset):
    mean = ProcrustesMean(dataset, dataset.body, num_frames=20)
    batch = collated(dataset, 20)
    meshes = torch.stack(
        [dataset.body.vertices(_params(s))[0] for s in batch['data_samples']])
    to_mean = pa_mpjpe(mean.vertices.expand_as(meshes), meshes).mean()
    others = pa_mpjpe(meshes.roll(1, 0), meshes).mean()
    assert to_mean < others
    for sample in mean(batch['inputs'], batch['data_samples']):
        assert sample.pred_vertices.shape == (16, 6890, 3)


def _params(sample):
    return BodyParams(sample.global_orient, sample.body_pose, sample.betas)
