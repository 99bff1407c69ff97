# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The weights that ship: small, safe, and good for something."""
import numpy as np
import pytest
import torch

from mmarts.apis import Track, TrackMesher
from mmarts.apis.inferencer import DEFAULT_CHECKPOINT
from mmarts.compat.safe_load import load_checkpoint
from mmarts.datasets import FreeMotion
from mmarts.geometry.alignment import procrustes_align

MAX_MB, MAX_PARAMETERS = 6, 3_000_000


@pytest.fixture(scope='module')
def mesher():
    return TrackMesher(str(DEFAULT_CHECKPOINT))


def test_they_are_small_and_in_half_precision():
    assert DEFAULT_CHECKPOINT.stat().st_size < MAX_MB * 1e6
    weights = load_checkpoint(DEFAULT_CHECKPOINT)['state_dict'].values()
    assert sum(w.numel() for w in weights) <= MAX_PARAMETERS
    assert {w.dtype
            for w in weights if w.is_floating_point()} == {torch.float16}


@pytest.mark.parametrize('noise, limit_mm', [(None, 42.), ('measured', 60.)])
def test_people_nobody_trained_on(mesher, noise, limit_mm):
    """Clips of held-out people; the mean pose is off by 143 mm."""
    dataset = FreeMotion(
        'test',
        num_frames=60,
        stride=60,
        views=1,
        camera=dict(keep_inside=True),
        noise=noise and dict(type='DetectorNoise'))
    errors = []
    for index in range(0, len(dataset), 4):
        sample = dataset[index]
        inputs, truth = sample['inputs'], sample['data_samples']
        points = inputs['keypoints2d'].numpy()
        scores = inputs['keypoints2d_score'].numpy()
        mesh = mesher(
            Track(
                np.arange(60), points, scores,
                np.concatenate([points.min(1), points.max(1)], -1),
                np.ones(60, bool), 30.,
                tuple(inputs['image_size'].int().tolist())))
        target = truth.joints3d_rel.double()
        ours = torch.as_tensor(mesh.joints3d).double()
        errors.append(
            (procrustes_align(ours, target) - target).norm(dim=-1).mean())
    assert 1000 * np.mean(errors) < limit_mm
