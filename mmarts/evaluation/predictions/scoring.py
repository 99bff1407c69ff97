# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Brings predictions and ground truth together and runs the metrics."""
from dataclasses import dataclass, field
from typing import Any, Optional, Sequence

import numpy as np
import torch

from mmarts.structures import convert_joints, get_joint_set
from ..body_set import BodySet
from ..joint_accuracy import JointAccuracy
from ..joint_error import JointError
from ..mesh_metric import MeshMetric
from ..protocol import Protocol
from ..temporal import AccelError
from ..track import Track
from ..vertex_error import AlignedVertexError, VertexError
from .track_data import TrackData

_PARAMS = ('global_orient', 'body_pose', 'betas')
# Numbers of a protocol -> the metric that gives them.
_METRICS = ((('mpjpe', 'pa_mpjpe'), JointError),
            (('pck', 'auc'), JointAccuracy), (('mpvpe', ), VertexError),
            (('pa_mpvpe', 'f_score_5', 'f_score_15'),
             AlignedVertexError), (('accel', ), AccelError))


@dataclass
class Score:
    """What a protocol says of predictions.

    Args:
        values: Metric -> value, millimetres or what its name says.
        skipped: Metric of the protocol -> why it could not be measured.
        labelled: Labelled frames that count by the protocol.
        predicted: How many of them were predicted.
        missing: Track -> its frames that count and were not predicted.
        extra: Predicted tracks that the ground truth lacks.
        protocols: What each metric says of its own, for the result file.
    """

    values: dict[str, float]
    skipped: dict[str, str]
    labelled: int
    predicted: int
    missing: dict[str, int] = field(default_factory=dict)
    extra: list[str] = field(default_factory=list)
    protocols: list[dict] = field(default_factory=list)


def score(pred: Sequence[TrackData],
          target: Sequence[TrackData],
          protocol: Protocol,
          bodies: Optional[BodySet] = None,
          group_by: Optional[str] = None,
          allow_missing: bool = False) -> Score:
    """Measure predictions by a protocol.

    Args:
        pred: Of :func:`~.files.read_tracks`.
        target: Ground truth, likewise.
        protocol: Of ``mmarts.evaluation.protocols``.
        bodies: Body of body parameters and meshes, and the targets' own.
        group_by: ``'sequence'`` or ``'action'``: rows for each value as well.
        allow_missing: Whether labelled frames may lack a prediction; they
            are not measured then.

    Raises:
        ValueError: If frames are missing, no frame counts, or the two files
            cannot be compared.
    """
    bodies = bodies or BodySet(None)
    result = Score({}, {}, 0, 0)
    samples, used = [], set()
    found = {(t.sequence, t.person): t for t in pred}
    alone = _alone(pred)
    for truth in target:
        counted = protocol.frames.mask(_as_track(truth))
        if not counted.any():
            continue
        key = truth.sequence, truth.person
        mine = found.get(key) or alone.get(truth.sequence)
        frames = mine.frames if mine else np.zeros(0, np.int64)
        got = np.isin(truth.frames[counted], frames)
        result.labelled += len(got)
        result.predicted += int(got.sum())
        if not got.all():
            result.missing['/'.join(key)] = int((~got).sum())
        if mine and got.any():
            used.add((mine.sequence, mine.person))
            samples.append(_sample(mine, truth, protocol, bodies))
    result.extra = ['/'.join(k) for k in found if k not in used]
    _check_found(result, protocol, found, target, allow_missing)
    _measure(result, samples, protocol, bodies, group_by)
    return result


def _alone(pred: Sequence[TrackData]) -> dict[str, TrackData]:
    """Tracks of sequences with one person, whatever it is called."""
    by_sequence: dict[str, list[TrackData]] = {}
    for track in pred:
        by_sequence.setdefault(track.sequence, []).append(track)
    # A name that the file gives is meant; "0" is what one without names has.
    return {
        name: tracks[0]
        for name, tracks in by_sequence.items()
        if len(tracks) == 1 and tracks[0].person == '0'
    }


def _check_found(result: Score, protocol: Protocol, found: dict,
                 target: Sequence[TrackData], allow_missing: bool) -> None:
    if not result.labelled:
        names = ', '.join(t.sequence for t in target[:3])
        raise ValueError(
            f'The ground truth has no frame that counts by protocol '
            f'"{protocol.name}", which scores {protocol.frames.words}; its '
            f'sequences are {names} ...')
    if not result.predicted:
        theirs = ', '.join('/'.join(key) for key in list(found)[:3])
        ours = ', '.join(f'{t.sequence}/{t.person}' for t in target[:3])
        raise ValueError(
            'No labelled frame was predicted: tracks (sequence/person) of the '
            f'predictions are {theirs} ..., those of the ground truth {ours} '
            '...; both files must name sequence, person and frame_index '
            'alike.')
    if result.missing and not allow_missing:
        track, count = max(result.missing.items(), key=lambda item: item[1])
        raise ValueError(
            f'{result.labelled - result.predicted} of {result.labelled} '
            f'labelled frames in {len(result.missing)} tracks have no '
            f'prediction, {count} of them in {track}; --allow-missing leaves '
            'them out, and the number is no longer comparable.')


def _sample(mine: TrackData, truth: TrackData, protocol: Protocol,
            bodies: BodySet) -> dict[str, Any]:
    """One sample of a whole track, as the metrics take it."""
    common = np.isin(mine.frames, truth.frames)
    sample = dict(
        dataset=protocol.name,
        sequence=truth.sequence,
        person=truth.person,
        fps=truth.fps,
        action=truth.texts.get('action', ''),
        gender=truth.texts.get('gender', ''),
        joint_set=protocol.joint_set,
        body_model_id=_body_id(truth, bodies),
        frame_index=truth.frames,
        pred_frame_index=mine.frames[common])
    for name, array in _scored_arrays(truth, protocol, bodies).items():
        sample[name] = torch.as_tensor(array)
        if not name.endswith('_valid'):
            points = array.shape[:2] if 'joints' in name else array.shape[:1]
            sample.setdefault(f'{name}_valid',
                              torch.ones(points, dtype=torch.bool))
    for name, array in _scored_arrays(mine, protocol, bodies).items():
        if not name.endswith('_valid'):
            sample[f'pred_{name}'] = torch.as_tensor(array[common])
    return sample


def _body_id(truth: TrackData, bodies: BodySet) -> Optional[str]:
    """Body of the targets: the subject's where its gender is known."""
    if truth.texts.get('gender') in bodies.genders:
        return None
    return bodies.main.body_model_id if bodies else None


def _scored_arrays(track: TrackData, protocol: Protocol,
                   bodies: BodySet) -> dict[str, np.ndarray]:
    """The arrays of a track, its joints in the protocol's order.

    Raises:
        ValueError: If nothing in it gives the protocol's joints.
    """
    arrays = dict(track.arrays)
    others = 'vertices' in arrays or all(n in arrays for n in _PARAMS)
    for name in ('joints3d', 'joints3d_rel'):
        if name not in arrays:
            continue
        joints = arrays.pop(name)
        valid = arrays.pop(f'{name}_valid', np.ones(joints.shape[:2], bool))
        lacking, converted = _to_protocol(track, name, protocol, joints, valid)
        if not lacking:
            arrays[name], arrays[f'{name}_valid'] = converted
        elif not (others and bodies):
            raise ValueError(
                f'Protocol "{protocol.name}" needs {", ".join(lacking)}; '
                f'{name} of sequence "{track.sequence}" ({track.joint_set}) '
                'lacks them. Joints relative to the root are called '
                'joints3d_rel; meshes and body parameters need their body '
                '(--body).')
    if others and not bodies and not any('joints' in n for n in arrays):
        raise ValueError(f'Sequence "{track.sequence}" holds meshes or body '
                         'parameters; name their body (--body).')
    return arrays


def _to_protocol(track: TrackData, name: str, protocol: Protocol,
                 joints: np.ndarray, valid: np.ndarray) -> tuple:
    """Which joints are lacking, and the others with their mask."""
    wanted = get_joint_set(protocol.joint_set)
    try:
        conversion = convert_joints(
            track.joint_set, protocol.joint_set, near=False)
    except ValueError:
        return wanted.joints, None
    points, scores = conversion.points(joints), conversion.scores(valid)
    evaluated = protocol.eval_joints or wanted.joints
    lacking = [j for j in evaluated if j in conversion.missing]
    roots = [j for j in protocol.root if j in conversion.missing]
    if roots and name == 'joints3d_rel':
        # The root is the origin, whether it is stored or not.
        scores[:, wanted.index(*roots)] = True
    else:
        lacking += [j for j in roots if j not in lacking]
    return lacking, (points, scores)


def _as_track(truth: TrackData) -> Track:
    span = int(truth.frames[0]), int(truth.frames[-1])
    return Track('', truth.sequence, truth.person, truth.fps or np.nan, '',
                 truth.frames, {}, span)


def _measure(result: Score, samples: list[dict], protocol: Protocol,
             bodies: BodySet, group_by: Optional[str]) -> None:
    for names, kind in _METRICS:
        wanted = [n for n in names if n in protocol.metrics]
        if not wanted:
            continue
        reason = _unmeasurable(kind, samples, bodies)
        if reason:
            result.skipped.update((name, reason) for name in wanted)
            continue
        metric: MeshMetric = kind(
            body_model=bodies if bodies else None,
            protocol=protocol.name,
            group_by=group_by)
        metric.process(None, samples)
        values = metric.evaluate(len(samples))
        result.values.update({
            k.partition('/')[2]: v
            for k, v in values.items()
        })
        result.protocols.append(metric.protocol)


def _unmeasurable(kind: type, samples: list[dict],
                  bodies: BodySet) -> Optional[str]:
    """Why a metric cannot be had of these files, if it cannot."""
    if kind is AccelError and samples[0]['fps'] is None:
        return 'the ground truth has no fps; name it (--fps)'
    if kind not in (VertexError, AlignedVertexError):
        return None
    for prefix, file in (('pred_', 'the predictions'), ('',
                                                        'the ground truth')):
        for sample in samples:
            if prefix + 'vertices' not in sample and not all(
                    prefix + name in sample for name in _PARAMS):
                return (f'{file} hold neither vertices nor body parameters'
                        if prefix else
                        f'{file} holds neither vertices nor body parameters')
    if kind is VertexError and not bodies:
        return 'the root of a mesh needs its body; name it (--body)'
    if not bodies and any(f'{prefix}vertices' not in sample
                          for prefix in ('pred_', '') for sample in samples):
        return 'body parameters need their body; name it (--body)'
    return None
