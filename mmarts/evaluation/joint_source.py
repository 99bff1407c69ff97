# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Joints and vertices of a sample, whatever form it holds them in."""
from collections import defaultdict
from typing import TYPE_CHECKING, Callable, Optional, Sequence, Union

import torch
from torch import Tensor

from mmarts.structures import BodyParams, JointConversion, convert_joints
from .body_set import BodySet

if TYPE_CHECKING:
    from mmarts.body_models.base import BodyModel

Body = Union[None, 'BodyModel', BodySet]
BODY_KEYS = ('global_orient', 'body_pose', 'betas')
# In this order; the first that a sample holds (and, for targets, that is
# valid in some frame) is used.
JOINT_SOURCES = ('body_params', 'vertices', 'joints3d', 'joints3d_rel')
VERTEX_SOURCES = ('vertices', 'body_params')


def joints_of(sample: dict,
              prefix: str,
              joint_set: str,
              body_model: Body = None,
              source: Optional[str] = None) -> Tensor:
    """Joints of one sample, up to a translation of each frame.

    Args:
        sample: What ``MeshDataSample.to_dict()`` gives.
        prefix: ``''`` for the target, ``'pred_'`` for the prediction.
        joint_set: Joints asked for.
        body_model: Needed for body parameters and vertices; without one
            they are passed over.
        source: One of :data:`JOINT_SOURCES`; None for the first usable one.

    Returns:
        ``(T, K, 3)`` metres, camera axes. ``transl`` is left out: measures
        are root-relative, and metres of depth would cost float32 digits.

    Raises:
        ValueError: If the sample holds nothing the joints could come from,
            or its ``body_model_id`` is not the body's.
    """
    return joints_of_samples([sample], prefix, joint_set, body_model,
                             source)[0]


def joints_of_samples(samples: Sequence[dict],
                      prefix: str,
                      joint_set: str,
                      body_model: Body = None,
                      source: Optional[str] = None) -> list[Tensor]:
    """:func:`joints_of` for many samples, with one pass of the body."""

    def from_body(part, body):
        return body.joints(_body_params(part, prefix, body), joint_set)

    def from_vertices(part, body):
        vertices = _concatenated(part, prefix + 'vertices', body)
        return body.regress(vertices, joint_set)

    def from_joints(key):

        def read(part, body):
            joints = [torch.as_tensor(s[prefix + key]) for s in part]
            return torch.cat([
                _same_joints(s, joint_set).points(j.cpu().to(_wide(j.dtype)))
                for s, j in zip(part, joints)
            ])

        return read

    readers = dict(
        body_params=from_body,
        vertices=from_vertices,
        joints3d=from_joints('joints3d'),
        joints3d_rel=from_joints('joints3d_rel'))
    sources = [
        joint_source(s, prefix, joint_set, body_model, source) for s in samples
    ]
    return _by_source(samples, sources, prefix, readers, body_model)


def joint_source(sample: dict,
                 prefix: str,
                 joint_set: str,
                 body_model: Body = None,
                 source: Optional[str] = None) -> str:
    """Which of :data:`JOINT_SOURCES` the joints of a sample come from.

    Raises:
        ValueError: If none is usable.
    """
    held = [
        s for s in JOINT_SOURCES if _holds(sample, prefix, s) and (
            _same_joints(sample, joint_set) is not None if s.
            startswith('joints3d') else bool(body_model))
    ]
    return _choose(
        sample, prefix, held, source,
        f'joints "{joint_set}" (its own joint set is '
        f'"{sample.get("joint_set")}"; body parameters and vertices need a '
        '`body_model`' + (', which was given)' if body_model else ')'))


def vertices_of_samples(samples: Sequence[dict],
                        prefix: str,
                        body_model: Body,
                        source: Optional[str] = None) -> list[Tensor]:
    """Vertices ``(T, V, 3)`` of every sample, metres, camera axes.

    ``<prefix>vertices`` where there are some, else made from the body
    parameters, without ``transl``.

    Raises:
        ValueError: If a sample holds neither, or its ``body_model_id`` is
            not the body's.
    """
    sources = [vertex_source(s, prefix, source) for s in samples]
    readers = dict(
        vertices=lambda part, body: _concatenated(part, prefix + 'vertices',
                                                  body),
        body_params=lambda part, body: body.vertices(
            _body_params(part, prefix, body)))
    return _by_source(samples, sources, prefix, readers, body_model)


def vertex_source(sample: dict,
                  prefix: str,
                  source: Optional[str] = None) -> str:
    """Which of :data:`VERTEX_SOURCES` the vertices of a sample come from.

    Raises:
        ValueError: If none is usable.
    """
    held = [s for s in VERTEX_SOURCES if _holds(sample, prefix, s)]
    return _choose(sample, prefix, held, source, 'vertices')


def source_valid(sample: dict,
                 source: str,
                 num_points: int = -1,
                 joint_set: str = '') -> Tensor:
    """Mask ``(T, num_points)`` of the target that a source gives.

    ``num_points=-1`` leaves it ``(T, 1)`` where all points share a mask.
    ``joint_set`` are the points, where the sample's joints are of another.

    Raises:
        ValueError: If the target comes without its mask.
    """
    masks = []
    for key in _keys_of(source):
        if f'{key}_valid' not in sample:
            raise ValueError(f'The target {key} comes without its mask '
                             f'{key}_valid.')
        mask = torch.as_tensor(sample[f'{key}_valid']).bool().cpu()
        if joint_set and key.startswith('joints3d'):
            mask = _same_joints(sample, joint_set).scores(mask)
        masks.append(mask if mask.dim() == 2 else mask[:, None])
    return torch.stack([m.expand(-1, num_points) for m in masks]).all(0)


def _keys_of(source: str) -> tuple[str, ...]:
    return BODY_KEYS if source == 'body_params' else (source, )


def _holds(sample: dict, prefix: str, source: str) -> bool:
    return all(
        sample.get(prefix + key) is not None for key in _keys_of(source))


def _choose(sample: dict, prefix: str, held: list[str], wanted: Optional[str],
            what: str) -> str:
    """The wanted source, or the first that has a valid frame."""
    if wanted is not None and wanted in held:
        return wanted
    if wanted is not None or not held:
        there = sorted(
            k for k in sample if k.startswith('pred_') == bool(prefix)
            and k.removeprefix('pred_') in (*BODY_KEYS, *JOINT_SOURCES))
        raise ValueError(
            f'A {"prediction" if prefix else "target"} of sequence '
            f'"{sample.get("sequence")}" should give {what}'
            f'{f" from {wanted}" if wanted else ""}, but holds {there}.')
    for source in held:
        if prefix or source_valid(sample, source).any():
            return source
    return held[0]


def _by_source(samples: Sequence[dict], sources: Sequence[str], prefix: str,
               readers: dict[str, Callable], body_model: Body) -> list[Tensor]:
    """Read all samples of one source at once; keep their order."""
    bodies = body_model if isinstance(body_model,
                                      BodySet) else BodySet(body_model)
    places, used = defaultdict(list), {}
    for place, (sample, source) in enumerate(zip(samples, sources)):
        body = None
        if source in ('body_params', 'vertices'):
            body = bodies.of(sample, prefix)
        places[source, id(body)].append(place)
        used[id(body)] = body
    results: dict[int, Tensor] = {}
    for (source, body_id), of_source in places.items():
        part = [samples[i] for i in of_source]
        lengths = [len(s[prefix + _keys_of(source)[0]]) for s in part]
        read = readers[source](part, used[body_id])
        results.update(zip(of_source, read.split(lengths)))
    return [results[i] for i in range(len(samples))]


def _same_joints(sample: dict, joint_set: str) -> Optional[JointConversion]:
    """How a sample's joints give another set, if they are the same points."""
    held = sample.get('joint_set')
    if held is None:
        return None
    if held == joint_set:
        return convert_joints(held, joint_set)
    try:
        conversion = convert_joints(held, joint_set, near=False)
    except ValueError:
        return None
    whole = set(conversion.kinds) == {'same'}
    return conversion if whole else None


def _body_params(part: Sequence[dict], prefix: str,
                 body_model: 'BodyModel') -> BodyParams:
    return BodyParams(*(_concatenated(part, prefix + key, body_model)
                        for key in BODY_KEYS))


def _concatenated(part: Sequence[dict],
                  key: str,
                  body_model: Body = None) -> Tensor:
    """One array of many samples, in a row along time."""
    tensors = [torch.as_tensor(s[key]) for s in part]
    like = _tensor_of(body_model)
    if like is None:
        return torch.cat([t.cpu().to(_wide(t.dtype)) for t in tensors])
    return torch.cat([t.to(like) for t in tensors])


def _wide(dtype: torch.dtype) -> torch.dtype:
    return torch.float64 if dtype == torch.float64 else torch.float32


def _tensor_of(body_model: Body) -> Optional[Tensor]:
    """Some floating tensor of the body: its device and dtype."""
    if body_model is None:
        return None
    for tensor in (*body_model.parameters(), *body_model.buffers()):
        if tensor.is_floating_point():
            return tensor
    return None
