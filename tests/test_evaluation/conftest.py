# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Tracks cut into windows, as a model would hand them to a metric."""
import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator

from mmarts.structures import MeshDataSample, check_sample
from mmarts.structures.windows import window_starts


def cut_track(pred,
              target,
              valid=None,
              frames=None,
              length=16,
              stride=5,
              middle_only=False,
              **meta):
    """Windows of one person; joints ``(F, K, 3)`` of H36M-17, metres."""
    frames = np.arange(len(target)) if frames is None else np.asarray(frames)
    if valid is None:
        valid = torch.ones(target.shape[:2], dtype=torch.bool)
    samples = []
    for start in window_starts(len(frames), length, stride):
        part = slice(start, start + length)
        seen = frames[part]
        out = slice(len(seen) // 2,
                    len(seen) // 2 + 1) if middle_only else slice(None)
        sample = MeshDataSample(
            joints3d=target[part],
            joints3d_valid=valid[part],
            pred_joints3d=pred[part][out],
            pred_frame_index=seen[out])
        sample.set_metainfo({
            **dict(
                dataset='toy',
                sequence='walk',
                person='0',
                fps=30.,
                frame_index=seen,
                image_size=(640, 480),
                K=np.eye(3),
                box=np.zeros(4),
                crop_affine=None,
                body_model_id=None,
                joint_set='h36m17'),
            **meta
        })
        check_sample(sample)
        samples.append(sample)
    return samples


def run_metric(metric, samples, size=None):
    """What MMEngine's evaluator makes of the samples."""
    evaluator = Evaluator(metric)
    for start in range(0, len(samples), 4):
        evaluator.process(samples[start:start + 4])
    return evaluator.evaluate(len(samples) if size is None else size)


@pytest.fixture
def cut():
    return cut_track


@pytest.fixture
def run():
    return run_metric


@pytest.fixture
def make_poses():

    def make(num_frames, num_joints=17, seed=0):
        rng = torch.Generator().manual_seed(seed)
        return 0.3 * torch.randn(num_frames, num_joints, 3, generator=rng)

    return make


@pytest.fixture
def logged(monkeypatch):
    """Lines that the metrics log, as (level, text)."""
    lines = []
    monkeypatch.setattr(
        'mmarts.evaluation.mesh_metric.print_log',
        lambda text, logger, level: lines.append((level, text)))
    return lines
