# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The release's windows and metrics beside the corrected ones."""
import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate

from mmarts.registry import BODY_MODELS, DATASETS, METRICS
from mmarts.structures import BodyParams, check_sample
from projects.arts_release import evaluation  # noqa: F401


def windows(path, tmp_path, frames=None):
    """Middle frame and protocols of each window."""
    with np.load(path) as file:
        arrays = dict(file)
    if frames is not None:
        arrays['frame_index'] = frames
    np.savez(tmp_path / 'test.npz', **arrays)
    dataset = DATASETS.build(
        dict(type='ReleaseWindows', ann_file=str(tmp_path / 'test.npz')))
    samples = [dataset[i]['data_samples'] for i in range(len(dataset))]
    return {int(s.frame_index[8]): s.protocols for s in samples}


def test_the_release_stops_at_the_last_whole_chunk(annotations, tmp_path):
    found = windows(annotations / 'coco19.npz', tmp_path)
    assert list(found) == list(range(8, 33))
    released = [m for m, names in found.items() if 'arts-release' in names]
    assert released == list(range(8, 25))
    assert all('corrected' in names for names in found.values())


def test_only_the_release_looks_across_cuts(annotations, tmp_path):
    frames = np.arange(40) + 100 * (np.arange(40) >= 20)
    found = windows(annotations / 'coco19.npz', tmp_path, frames)
    whole = {m for m, names in found.items() if 'corrected' in names}
    assert whole == {*range(8, 13), *range(128, 133)}
    released = [m for m, names in found.items() if 'arts-release' in names]
    assert len(released) == 17 and not set(released) <= whole


@pytest.fixture(scope='module')
def measured(load_config):
    """Values of both protocols for a mesh that is off by noise."""
    cfg = load_config('arts-release_3dpw.py')
    body = BODY_MODELS.build(cfg.body_model)
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    samples, values = [], {}
    for item in (dataset[i] for i in range(len(dataset))):
        sample = item['data_samples']
        params = BodyParams(sample.global_orient, sample.body_pose,
                            sample.betas)[[8]]
        mesh = body.vertices(params)
        sample.set_field(mesh + 0.02 * torch.randn(mesh.shape),
                         'pred_vertices')
        # Parameters of another body pose must not be what is measured.
        for name in ('global_orient', 'body_pose'):
            turns = torch.eye(3).expand_as(getattr(params, name))
            sample.set_field(turns, f'pred_{name}')
        sample.set_field(params.betas, 'pred_betas')
        sample.set_field(
            torch.as_tensor(sample.frame_index)[[8]], 'pred_frame_index')
        check_sample(sample)
        samples.append(sample.to_dict())
    for config in cfg.test_evaluator:
        metric = METRICS.build(dict(config, body_model=body))
        metric.process(None, samples)
        for name, value in metric.evaluate(len(samples)).items():
            values[name] = value, metric.protocol
    return values


def test_both_protocols_are_named(measured):
    names = {name.partition('/')[0] for name in measured}
    assert names == {'3dpw-arts-release', '3dpw-corrected'}
    for name, (_, protocol) in measured.items():
        assert protocol['protocol'] in name


def test_the_mesh_is_measured_not_the_parameters(measured):
    for name in ('3dpw-arts-release/mpjpe', '3dpw-corrected/mpvpe'):
        assert 5 < measured[name][0] < 60


def test_each_protocol_scores_its_frames(measured):
    frames = {n: p['frames_scored'] for n, (_, p) in measured.items()}
    assert frames['3dpw-arts-release/mpjpe']['mpjpe'] == 17
    assert frames['3dpw-corrected/mpjpe']['mpjpe'] == 25


def test_padding_makes_accel_look_better(load_config, measured):
    """n - 2 errors over n: (n - 2) / n of the honest mean."""
    released = measured['3dpw-arts-release/accel_mm_per_frame2'][0]
    corrected = next(v for n, (v, _) in measured.items()
                     if n.startswith('3dpw-corrected/accel_mm_per_frame2'))
    assert released == pytest.approx(corrected * 15 / 17, rel=0.2)
    assert released < corrected


def test_predictions_carry_the_mesh_of_the_middle(load_config, network):
    cfg = load_config('arts-release_3dpw.py')
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    data = pseudo_collate([dataset[i] for i in range(2)])
    data = network.data_preprocessor(data)
    with torch.no_grad():
        samples = network(**data, mode='predict')
    for sample in samples:
        check_sample(sample)
        assert sample.pred_vertices.shape == (1, 440, 3)
        assert sample.pred_frame_index.tolist() == [sample.frame_index[8]]
