# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The release's metrics, by the evaluators of the project's config."""
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from parity import fixture
from parity.arts_network import CONFIGS, METRES_TO_MM
from parity.fixture_body import fixture_arrays, fixture_body_config

from mmarts.evaluation import mpjpe, pa_mpjpe
from mmarts.evaluation.motion_metric import difference_error
from mmarts.evaluation.track import make_tracks
from mmarts.geometry.alignment import procrustes_align, root_centre
from mmarts.geometry.motion import acceleration
from mmarts.registry import BODY_MODELS, METRICS
from mmarts.structures import get_joint_set
from projects.arts_release.evaluation import release_starts

# Frames of the two sequences.
SEQUENCES = (25, 15)
LENGTH = 16  # of a window
_SUBSET = 689


@torch.no_grad()
def compute_eval(kit: Path, seed: int, dtype: torch.dtype) -> dict:
    """All arrays of ``eval.npz``, millimetres."""
    init_default_scope('mmarts')
    pred, target = _meshes(seed)
    body = BODY_MODELS.build(fixture_body_config()).to(dtype)
    arrays = {
        f'{name}_mesh_sub': mesh[:, ::_SUBSET]
        for name, mesh in (('pred', pred), ('gt', target))
    }
    pred, target = torch.as_tensor(pred), torch.as_tensor(target)
    arrays.update(_by_config(body, pred, target))
    arrays.update(
        _by_frame(
            body.regress(pred.to(dtype), 'h36m17'),
            body.regress(target.to(dtype), 'h36m17')))
    arrays['eval_utils/error_verts(no_align)'] = mpjpe(
        pred.to(dtype), target.to(dtype))
    arrays.update(_chunks())
    return {key: np.asarray(value) for key, value in arrays.items()}


def _meshes(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Predicted and true meshes ``(40, V, 3)``, float32."""
    frames = sum(SEQUENCES)

    def draw(name, *shape):
        return fixture.inputs(f'ev_{name}', (frames, *shape), seed)

    template = METRES_TO_MM * fixture_arrays()['v_template']
    target = template + 100 * draw('gt_off', 1, 3) + 20 * draw('gt', 6890, 3)
    angle = 0.1 * draw('rot')
    turn = np.zeros((frames, 3, 3))
    turn[:, 0, 0] = turn[:, 2, 2] = np.cos(angle)
    turn[:, 0, 2], turn[:, 2, 0] = np.sin(angle), -np.sin(angle)
    turn[:, 1, 1] = 1
    pred = (1 + 0.05 * draw('scale', 1, 1)) * (target @ turn.swapaxes(1, 2))
    pred = pred + 50 * draw('shift', 1, 3) + 40 * draw('pred', 6890, 3)
    return pred.astype(np.float32), target.astype(np.float32)


def _by_config(body, pred, target) -> dict:
    """What tools/test.py would print, and Accel of each sequence."""
    evaluators = Config.fromfile(CONFIGS /
                                 'arts-release_3dpw.py').test_evaluator
    values, padded = {}, None
    for config in evaluators:
        metric = METRICS.build(dict(config, body_model=body))
        metric.process(None, _samples(body, pred, target))
        if config.type == 'PaddedAccelError':
            padded = [
                metric.measure(track)['accel_mm_per_frame2'].mean()
                for track in make_tracks(metric.results)
            ]
        values.update(metric.evaluate(len(pred)))
    released, corrected = '3dpw-arts-release/', '3dpw-corrected/'
    return {
        'evaluate/MPJPE_mm': values[released + 'mpjpe'],
        'evaluate/PA-MPJPE_mm': values[released + 'pa_mpjpe'],
        'evaluate/MPVPE_mm': values[released + 'mpvpe'],
        'evaluate/Accel_mm_per_frame2':
        values[released + 'accel_mm_per_frame2'],
        'evaluate/accel_per_sequence(padded)': padded,
        'compute_both_err/joint_mm': values[corrected + 'mpjpe'],
        'compute_both_err/mesh_mm(h36m_root)': values[corrected + 'mpvpe']
    }


def _samples(body, pred, target) -> list[dict]:
    """One sample a frame, as a network that gives middle frames makes."""
    samples, first = [], 0
    for name, count in zip('ab', SEQUENCES):
        for frame in range(count):
            row = slice(first + frame, first + frame + 1)
            samples.append(
                dict(
                    dataset='kit',
                    sequence=name,
                    person='0',
                    fps=30.,
                    joint_set='coco19',
                    body_model_id=body.body_model_id,
                    frame_index=np.array([frame]),
                    pred_frame_index=np.array([frame]),
                    pred_vertices=pred[row].double() / METRES_TO_MM,
                    vertices=target[row].double() / METRES_TO_MM,
                    vertices_valid=torch.ones(1, dtype=torch.bool)))
        first += count
    return samples


def _by_frame(pred, target) -> dict:
    """The functions behind the metrics, frame by frame."""
    joints = get_joint_set('h36m17')
    pick = joints.index(*get_joint_set('h36m14').joints)
    own, wanted = (
        root_centre(x, joints.root_index)[:, pick] for x in (pred, target))
    # A function of the release for another joint order: it takes the third
    # and fourth of these 14 for the hips.
    hips = [root_centre(x, [2, 3]) for x in (own, wanted)]
    valid = torch.ones(own.shape[:2], dtype=torch.bool)
    accel = difference_error(own, wanted, valid, acceleration)
    return {
        'pred_h36m17':
        pred,
        'gt_h36m17':
        target,
        'per_frame/mpjpe':
        mpjpe(own, wanted),
        'per_frame/pa_mpjpe':
        pa_mpjpe(own, wanted),
        'rigid_align/frame0':
        procrustes_align(own[0], wanted[0]),
        'coord_utils/accel_one_sequence(N-2)':
        accel,
        'eval_utils/accel_one_sequence(N-2)':
        accel,
        'eval_utils/compute_errors(lsp14_hips2-3)':
        torch.stack([mpjpe(*hips), pa_mpjpe(*hips)])
    }


def _chunks() -> dict:
    """First and last frames of the windows of tracks of some lengths."""
    tables = {}
    for frames, stride in ((40, 1), (40, 16), (37, 1), (48, 1), (15, 1)):
        starts = np.array(release_starts(frames, LENGTH, stride))
        ends = np.stack([starts, starts + LENGTH - 1], 1)
        # The release gives an empty list for a track without a window.
        tables[f'chunks/frames{frames}_stride{stride}'] = (
            ends if len(starts) else starts)
    return tables
