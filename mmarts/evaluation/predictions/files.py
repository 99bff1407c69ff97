# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Reads tracks from npz, pickle, JSON and annotation files; runs none."""
import json
from pathlib import Path
from typing import Any, Iterator, Optional

import numpy as np

from mmarts.annotations.annotation_file import (SUFFIX, AnnotationFile,
                                                sort_tracks, track_keys)
from mmarts.compat.safe_pickle import load_arrays, load_npz_arrays
from .track_data import (KINDS, MASKS, POSES, REPLACED, TEXTS, TrackData,
                         plain_names, split_pose, to_rotmat)

# A pose reaches no farther from its own middle, metres.
_MAX_EXTENT = 10.0
_UNITS = dict(m=1.0, cm=0.01, mm=0.001)
_DATA = (*KINDS, *POSES)
HELP = 'docs/evaluation.md describes the files'


def read_tracks(path: str,
                joint_set: str = '',
                fps: Optional[float] = None,
                unit: str = 'm') -> list[TrackData]:
    """Tracks of a file, sorted by frame.

    Args:
        path: ``.npz``, ``.pkl``, ``.json`` or ``.mmarts``.
        joint_set: Set of its joints, where the file does not say.
        fps: Frame rate, where the file does not say.
        unit: Of joints, vertices: ``'m'``, ``'cm'`` or ``'mm'``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: Saying in a line what is wrong with it, and where.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'There is no file "{path}".')
    content = _load(path)
    try:
        records = list(_records(content))
        if not records:
            raise ValueError(f'has none of {", ".join(_DATA)}; it has '
                             f'{sorted(map(str, content))[:8]}')
        tracks = [_track(r, joint_set, fps, unit) for r in records]
        _check_unique(tracks)
    except ValueError as error:
        raise ValueError(f'{path}: {error}; {HELP}.') from None
    return tracks


def _load(path: str) -> Any:
    suffix = Path(path).suffix.lower()
    if suffix == SUFFIX:
        return _annotations(AnnotationFile(path))
    if suffix == '.npz':
        return load_npz_arrays(path)
    if suffix in ('.pkl', '.pickle'):
        return load_arrays(path)
    if suffix == '.json':
        try:
            return json.loads(Path(path).read_text())
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise ValueError(f'{path} is no JSON: {error}.') from None
    raise ValueError(f'{path} should be a .npz, .pkl, .json or {SUFFIX}, but '
                     f'ends in "{suffix}".')


def _annotations(file: AnnotationFile) -> list[dict]:
    """A record for every track; nothing but what is scored is read."""
    wanted = ('frame_index', *TEXTS, *REPLACED, *KINDS, *MASKS)
    values = {k: v.item() for k, v in file.arrays.items() if not v.ndim}
    records = []
    edges = file.track_starts
    for i, (start, end) in enumerate(zip(edges[:-1], edges[1:])):
        sequence, person = file.track_name(i)
        rows = {
            k: np.array(v[start:end])
            for k, v in file.arrays.items() if k in wanted and v.ndim
        }
        records.append(dict(values, **rows, sequence=sequence, person=person))
    return records


def _records(content: Any) -> Iterator[dict]:
    """One dict for each track, whatever way the file nests them."""
    if isinstance(content, list):
        for i, record in enumerate(content):
            if not isinstance(record, dict):
                raise ValueError(f'entry {i} should be a track with its '
                                 f'arrays, but is a {type(record).__name__}')
            yield plain_names(record)
        return
    if not isinstance(content, dict):
        raise ValueError('should hold a dict or a list of tracks, but holds a '
                         f'{type(content).__name__}')
    flat = plain_names(content)
    if any(name in flat for name in _DATA):
        yield from _split_rows(flat)
        return
    shared = {k: v for k, v in flat.items() if not isinstance(v, dict)}
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _nested(str(key), value, shared)


def _nested(key: str, value: dict, shared: dict) -> Iterator[dict]:
    """A sequence: its arrays, or its people with theirs."""
    inner = plain_names(value)
    if any(name in inner for name in _DATA):
        yield {**shared, 'sequence': key, **inner}
        return
    people = {k: v for k, v in value.items() if isinstance(v, dict)}
    if not people:
        raise ValueError(f'"{key}" has none of {", ".join(_DATA)}; it has '
                         f'{sorted(inner)[:8]}')
    for person, arrays in people.items():
        yield {
            **shared, 'sequence': key,
            'person': str(person),
            **plain_names(arrays)
        }


def _split_rows(flat: dict) -> Iterator[dict]:
    """Rows of many tracks, told apart by columns of names."""
    names = [np.atleast_1d(flat.get(k, d)) for k, d in _DEFAULT_NAMES.items()]
    if all(n.size == 1 for n in names):
        yield flat
        return
    count = max(map(len, names))
    columns = {
        k: np.asarray(v)
        for k, v in flat.items() if np.ndim(v) and len(v) == count
    }
    if 'frame_index' not in columns:
        raise ValueError(
            f'has {count} rows, but no frame_index of that length')
    names = [n if len(n) == count else np.repeat(n, count) for n in names]
    order, starts = sort_tracks(
        track_keys(*map(_texts, names)), columns['frame_index'])
    values = {k: v for k, v in flat.items() if k not in columns}
    for start, end in zip(starts[:-1], starts[1:]):
        rows = order[start:end]
        yield dict(values, **{k: v[rows] for k, v in columns.items()})


_DEFAULT_NAMES = dict(sequence='sequence', person='0')


def _track(record: dict, joint_set: str, fps: Optional[float],
           unit: str) -> TrackData:
    sequence, person = (str(_texts(np.atleast_1d(record.get(k, default)))[0])
                        for k, default in _DEFAULT_NAMES.items())
    where = f'sequence "{sequence}", person "{person}": '
    try:
        arrays = _arrays(record, unit)
        count = len(next(iter(arrays.values())))
        frames = np.asarray(record.get('frame_index', np.arange(count)))
        order = _frame_order(frames, arrays, count)
        track = TrackData(
            sequence=sequence,
            person=person,
            frames=frames[order].astype(np.int64),
            arrays={
                k: v[order]
                for k, v in arrays.items()
            },
            texts={
                k: str(_texts(np.atleast_1d(record[k]))[0])
                for k in TEXTS if k in record and np.size(record[k])
            },
            joint_set=str(record.get('joint_set', '')) or joint_set,
            fps=_number(record.get('fps', fps)))
        _check_joints(track)
    except ValueError as error:
        raise ValueError(where + str(error)) from None
    return track


def _arrays(record: dict, unit: str) -> dict[str, np.ndarray]:
    """What is scored, as floats in metres and rotation matrices."""
    arrays = {}
    record = dict(record)
    for name, other in REPLACED.items():
        if name in record:
            record[other] = record[name]
    for name in (*KINDS, *POSES, *MASKS):
        if name not in record:
            continue
        array = _numeric(name, record[name])
        if name in MASKS:
            arrays[name] = array.astype(bool)
        elif name in POSES:
            arrays.update(split_pose(name, array))
        elif name in ('global_orient', 'body_pose'):
            arrays[name] = to_rotmat(name, array)
        elif name == 'betas':
            arrays[name] = array
        else:
            arrays[name] = _metres(name, array, unit)
    if not set(arrays) & set(KINDS):
        raise ValueError(f'has none of {", ".join(_DATA)}; it has '
                         f'{sorted(map(str, record))[:8]}')
    if 'betas' in arrays and arrays['betas'].ndim == 1:
        count = len(arrays.get('body_pose', arrays['betas'][None]))
        arrays['betas'] = np.tile(arrays['betas'], (count, 1))
    return arrays


def _numeric(name: str, values: Any) -> np.ndarray:
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f'"{name}" has rows of different lengths') from None
    if array.dtype.kind not in 'fiub':
        raise ValueError(f'"{name}" should hold numbers, but is of type '
                         f'{array.dtype}')
    return array.astype(np.float32 if array.dtype.itemsize <= 4
                        or array.dtype.kind != 'f' else np.float64)


def _metres(name: str, points: np.ndarray, unit: str) -> np.ndarray:
    if points.ndim == 2 and points.shape[1] % 3 == 0:
        points = points.reshape(len(points), -1, 3)
    if points.ndim != 3 or points.shape[-1] != 3:
        raise ValueError(f'"{name}" should be (F, points, 3), but is '
                         f'{points.shape}')
    points = points * np.asarray(_UNITS[unit], points.dtype)
    some = points[::max(len(points) // 64, 1)]
    extent = np.nanmedian(np.nanmax(some, 1) - np.nanmin(some, 1))
    if extent > _MAX_EXTENT:
        raise ValueError(
            f'"{name}" spans {extent:.0f} m in a frame, in {unit}; is it in '
            'millimetres? (--pred-unit mm, --gt-unit mm)')
    return points


def _frame_order(frames: np.ndarray, arrays: dict, count: int) -> np.ndarray:
    wrong = {k: len(v) for k, v in arrays.items() if len(v) != count}
    if frames.ndim != 1 or len(frames) != count or wrong:
        raise ValueError(f'has {count} rows of {next(iter(arrays))}, but '
                         f'{wrong or dict(frame_index=frames.shape)}')
    if frames.dtype.kind not in 'iu' and not (
            frames.dtype.kind == 'f' and (frames == np.round(frames)).all()):
        raise ValueError('frame_index should be whole numbers, but is of type '
                         f'{frames.dtype}')
    order = np.argsort(frames, kind='stable')
    twice = np.flatnonzero(np.diff(frames[order]) == 0)
    if len(twice):
        raise ValueError(f'frame {frames[order][twice[0]]} comes twice')
    return order


def _check_joints(track: TrackData) -> None:
    from mmarts.structures import get_joint_set
    for name in ('joints3d', 'joints3d_rel'):
        if name not in track.arrays:
            continue
        count = track.arrays[name].shape[1]
        if not track.joint_set:
            raise ValueError(
                f'"{name}" has {count} joints, but nothing says which: put '
                'their `joint_set` into the file, or name it (--pred-joints, '
                '--gt-joints)')
        try:
            expected = len(get_joint_set(track.joint_set))
        except KeyError as error:
            raise ValueError(error.args[0]) from None
        if count != expected:
            raise ValueError(f'"{name}" has {count} joints, but '
                             f'{track.joint_set} {expected}')


def _check_unique(tracks: list[TrackData]) -> None:
    seen = set()
    for track in tracks:
        key = track.sequence, track.person
        if key in seen:
            raise ValueError(f'sequence "{key[0]}", person "{key[1]}" comes '
                             'twice')
        seen.add(key)


def _texts(array: Any) -> np.ndarray:
    array = np.asarray(array)
    if array.dtype.kind == 'S':
        return np.char.decode(array, 'utf-8')
    return array.astype(str)


def _number(value: Any) -> Optional[float]:
    return None if value is None else float(np.asarray(value).reshape(-1)[0])
