# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The named protocols give what the authors' releases print."""
import dataclasses

import numpy as np
import pytest
import roma
import torch
from parity import fixture
from parity.fixture_body import fixture_body_config

from mmarts.evaluation import (AccelError, FrameSubset, JointError,
                               VelocityError, VertexError)
from mmarts.registry import BODY_MODELS

pytestmark = pytest.mark.parity


@pytest.fixture
def body():
    return BODY_MODELS.build(fixture_body_config())


def sample_of(joint_set, sequence='a', first=0, **arrays):
    """All frames of a sequence in one sample; valid unless said otherwise."""
    count = len(next(iter(arrays.values())))
    frames = first + np.arange(count)
    arrays = {k: torch.as_tensor(v) for k, v in arrays.items()}
    for key in [k for k in arrays if k[:5] != 'pred_' and k[-6:] != '_valid']:
        points = arrays[key].shape[:2] if 'joints' in key else (count, )
        arrays.setdefault(f'{key}_valid', torch.ones(points).bool())
    return dict(
        dataset='kit',
        sequence=sequence,
        person='0',
        fps=30.,
        joint_set=joint_set,
        body_model_id=None,
        frame_index=frames,
        pred_frame_index=frames,
        **arrays)


def test_int(shared, body, run):
    kit = np.load(shared / 'parity' / 'int' / 'eval.npz')

    def draw(name, *shape):
        return fixture.inputs(f'eval/{name}', (40, *shape), 0)

    sample = sample_of(
        'pw3d14',
        joints3d=0.3 * draw('target_j3d', 14, 3),
        pred_joints3d=0.3 * draw('pred_j3d', 14, 3))
    values = run(
        [JointError(protocol='3dpw-int'),
         AccelError(protocol='3dpw-int')], [sample])
    theta = torch.as_tensor(0.4 * draw('target_theta', 85))
    turns = roma.rotvec_to_rotmat(theta[:, 3:75].unflatten(-1, (24, 3)))
    mesh = dict(
        sample_of(
            'pw3d14',
            global_orient=turns[:, :1],
            body_pose=turns[:, 1:],
            betas=theta[:, 75:],
            pred_vertices=0.3 * draw('pred_verts', 6890, 3)),
        body_model_id=body.body_model_id)
    values.update(run(VertexError(body, protocol='3dpw-int'), [mesh]))
    for ours, theirs in (('joints3d/mpjpe',
                          'mpjpe'), ('joints3d/pa_mpjpe',
                                     'pa-mpjpe'), ('vertices/mpvpe', 'pve'),
                         ('motion/accel_mm_per_frame2_30fps', 'accel_err')):
        assert values[ours] == pytest.approx(
            float(kit[f'metrics/{theirs}']), rel=2e-6), theirs


def test_pointhmr(shared, body, run):
    kit = np.load(shared / 'parity' / 'pointhmr' / 'eval.npz')
    inputs = np.load(shared / 'parity' / 'pointhmr' / 'inputs_eval.npz')
    # Its regressor is the release's own file.
    constants = np.load(shared / 'parity' / 'pointhmr' / 'constants.npz')
    matrix = torch.zeros(17, 6890)
    matrix[constants['J17_row'], constants['J17_col']] = torch.as_tensor(
        constants['J17_value']).float()
    body.add_regressor('h36m17', matrix)
    for batch in (0, 1):
        target = torch.as_tensor(inputs[f'gt_vertices_6890_{batch}'])
        pred = target + 0.03 * fixture.inputs(
            'eval/pred', (6, 6890, 3), batch) + 0.05 * fixture.inputs(
                'eval/shift', (6, 1, 3), batch)
        joints = kit[f'gt_joints14_{batch}'][..., :3]
        sample = dict(
            sample_of(
                'pw3d14',
                joints3d=joints,
                vertices=target,
                pred_vertices=pred.float()),
            body_model_id=body.body_model_id)
        metrics = [
            JointError(
                protocol='3dpw-pointhmr',
                body_model=body,
                target_source='joints3d'),
            VertexError(body, protocol='3dpw-pointhmr')
        ]
        values = run(metrics, [sample])
        for ours, theirs in (('joints3d/mpjpe', 'mpjpe'), ('joints3d/pa_mpjpe',
                                                           'pampjpe'),
                             ('vertices/mpvpe', 'pve')):
            assert values[ours] == pytest.approx(
                kit[f'{theirs}_mm_{batch}'].mean(), rel=2e-5), theirs


def test_dsd(shared, run):
    kit = np.load(shared / 'parity' / 'dsd' / 'eval.npz')
    sample = sample_of(
        'lsp14',
        'S9_Walking.54138969',
        joints3d=kit['in/gt_m'],
        pred_joints3d=kit['in/pred_m'])
    metrics = [
        kind(protocol='h36m-dsd', prefix=kind.__name__)
        for kind in (JointError, VelocityError, AccelError)
    ]
    values = run(metrics, [sample])
    # The release's own PA-MPJPE rounds a covariance to float16.
    for ours, theirs in (('JointError/mpjpe', kit['mpjpe_mm']),
                         ('JointError/pa_mpjpe',
                          kit['exact/pa_mpjpe_each_mm'].mean()),
                         ('VelocityError/mpjve_mm_per_frame_30fps',
                          kit['mpjve_pelvis_aligned_mm_per_frame']),
                         ('AccelError/accel_mm_per_frame2_30fps',
                          kit['recon/mpjae_pelvis_aligned_mm_per_frame2'])):
        assert values[ours] == pytest.approx(float(theirs), rel=1e-6), ours
    entire = run(JointError(protocol='3dpw-all-pa'), [sample])
    assert entire['joints3d/pa_mpjpe'] == values['JointError/pa_mpjpe']


def test_arts(shared, body, run):
    kit = np.load(shared / 'parity' / 'arts' / 'eval.npz')
    from parity.arts_eval import SEQUENCES, _meshes
    pred, target = (torch.as_tensor(m) / 1000 for m in _meshes(0))
    samples, first = [], 0
    for name, count in zip('ab', SEQUENCES):
        part = slice(first, first + count)
        samples.append(
            dict(
                sample_of(
                    'coco19',
                    name,
                    vertices=target[part],
                    pred_vertices=pred[part]),
                body_model_id=body.body_model_id))
        first += count
    kwargs = dict(protocol='3dpw-arts-release')
    metrics = [
        JointError(body_model=body, **kwargs),
        VertexError(body, **kwargs),
        AccelError(body_model=body, **kwargs)
    ]
    for metric in metrics:
        # The kit holds the middle frames alone.
        metric.rules = dataclasses.replace(metric.rules, frames=FrameSubset())
    values = run(metrics, samples)
    for ours, theirs in (('joints3d/mpjpe', 'MPJPE_mm'), ('joints3d/pa_mpjpe',
                                                          'PA-MPJPE_mm'),
                         ('vertices/mpvpe',
                          'MPVPE_mm'), ('motion/accel_mm_per_frame2_30fps',
                                        'Accel_mm_per_frame2')):
        assert values[ours] == pytest.approx(
            float(kit[f'evaluate/{theirs}']), rel=2e-6), theirs
