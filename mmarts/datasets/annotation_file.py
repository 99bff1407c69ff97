# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The annotation file: memory-mapped arrays of one split, a JSON header."""
import hashlib
import json
import math
import mmap
from pathlib import Path
from typing import Any, Mapping, Union

import numpy as np

from mmarts.utils.files import whole_file

SUFFIX = '.mmarts'
MAGIC = b'MMARTSA1'
# Magic, length of the header (uint64), SHA-256 of the header.
_LEAD = len(MAGIC) + 8 + 32
ALIGN = 64
UNITS = dict(length='m', angle='rad', image='px', time='s')
# Stored as the index of tracks, not as rows.
_NAMES = ('sequence', 'person')


class AnnotationFile:
    """Arrays of a split, mapped: what is not read takes no memory.

    ``docs/annotation_format.md`` describes the bytes. Rows of one track lie
    side by side, sorted by ``frame_index``. The header's own checksum and
    the size of the file are checked here; :meth:`verify` reads everything.
    A pickled object opens the file again, so workers share its pages.

    Args:
        path: A file that :func:`write_annotations` wrote.

    Raises:
        FileNotFoundError: If it is not there.
        ValueError: If it is foreign, damaged or cut short.
    """

    def __init__(self, path: Union[str, Path]) -> None:
        self.path = Path(path)
        self.header, start = _read_header(self.path)
        data = _map(self.path)
        rows = {
            name: _view(data, start, entry)
            for name, entry in self.header['arrays'].items()
        }
        self.track_starts = np.array(rows.pop('track/start'))
        self._names = rows.pop('track/names')
        ends = rows.pop('track/name_ends')
        self._name_ends = np.concatenate([[0], ends])
        # One value for the file, as arrays without a dimension.
        values = {k: np.array(v) for k, v in self.header['values'].items()}
        self.arrays: dict[str, np.ndarray] = {**values, **rows}

    def __reduce__(self) -> tuple:
        return AnnotationFile, (self.path, )

    def track_name(self, track: int) -> tuple[str, str]:
        """Sequence and person of a track, counted from 0."""
        first, last = self._name_ends[track:track + 2]
        text = self._names[first:last].tobytes().decode()
        return tuple(text.split('\n'))

    def verify(self) -> None:
        """Compare every array with its checksum; reads the whole file.

        Raises:
            ValueError: Naming the arrays that differ.
        """
        _, start = _read_header(self.path)
        data = np.memmap(self.path, np.uint8, 'r')
        wrong = [
            name for name, entry in self.header['arrays'].items()
            if _sha256(_view(data, start, entry)) != entry['sha256']
        ]
        if wrong:
            raise ValueError(f'{self.path} is damaged: the checksums of '
                             f'{wrong} are wrong; convert it again.')


def write_annotations(path: Union[str, Path],
                      arrays: Mapping[str, Any],
                      source: str = '',
                      converter: str = '',
                      converter_version: int = 1) -> None:
    """Write one split, whole or not at all.

    Args:
        path: File to write; its name ends in ``.mmarts``.
        arrays: As ``docs/data.md`` lists them: one row a frame and person in
            any order, or one value for the file.
        source: The data in words: name, release, files.
        converter: Name of the converter that made the arrays.
        converter_version: Its version.

    Raises:
        ValueError: If sizes disagree, a name holds a line break, or a frame
            of a track comes twice.
    """
    if Path(path).suffix != SUFFIX:
        raise ValueError(f'An annotation file is called *{SUFFIX}, but got '
                         f'"{path}".')
    arrays = {k: np.asarray(v) for k, v in arrays.items()}
    rows = {k: v for k, v in arrays.items() if v.ndim}
    _check_rows(path, rows)
    index, order = _index_tracks(path, rows)
    stored = {k: _stored(v[order]) for k, v in rows.items() if k not in _NAMES}
    stored.update(index)
    head = header_bytes(
        dict(
            units=UNITS,
            source=source,
            converter=converter,
            converter_version=converter_version,
            values={
                k: v.item()
                for k, v in arrays.items() if not v.ndim
            }), {
                k: (v.dtype.str, v.shape, _sha256(v))
                for k, v in stored.items()
            })
    with whole_file(path) as temporary, open(temporary, 'wb') as file:
        file.write(head)
        for array in stored.values():
            file.write(b'\0' * (-file.tell() % ALIGN))
            file.write(np.ascontiguousarray(array).data)


def header_bytes(meta: dict, arrays: Mapping[str, tuple]) -> bytes:
    """Everything that lies before the arrays, padded to their start.

    Args:
        meta: What stands in the header beside the arrays.
        arrays: Name -> (dtype, shape, SHA-256), in the order of the file.
    """
    entries, offset = {}, 0
    for name, (dtype, shape, digest) in arrays.items():
        entries[name] = dict(
            dtype=dtype, shape=list(shape), offset=offset, sha256=digest)
        end = offset + _num_bytes(entries[name])
        offset = end + -end % ALIGN
    end = max((e['offset'] + _num_bytes(e) for e in entries.values()),
              default=0)
    text = json.dumps(dict(meta, arrays=entries, num_bytes=end)).encode()
    head = (
        MAGIC + len(text).to_bytes(8, 'little') +
        hashlib.sha256(text).digest() + text)
    return head + b'\0' * (-len(head) % ALIGN)


def _read_header(path: Path) -> tuple[dict, int]:
    """The header, and where the arrays start."""
    if not path.is_file():
        raise FileNotFoundError(f'There is no annotation file "{path}".')
    with open(path, 'rb') as file:
        lead = file.read(_LEAD)
        if lead[:len(MAGIC)] != MAGIC:
            raise ValueError(
                f'{path} is no annotation file of mmarts: it begins with '
                f'{lead[:len(MAGIC)]!r}, not {MAGIC!r}; make one as '
                'docs/data.md tells.')
        length = int.from_bytes(lead[len(MAGIC):len(MAGIC) + 8], 'little')
        size = path.stat().st_size
        text = file.read(length) if _LEAD + length <= size else b''
    if len(lead) < _LEAD or len(text) < length:
        raise ValueError(f'{path} is cut short within its header ({size} '
                         'bytes); copy or convert it again.')
    if hashlib.sha256(text).digest() != lead[-32:]:
        raise ValueError(f'{path} is damaged: the checksum of its header is '
                         'wrong; copy or convert it again.')
    header = json.loads(text)
    start = _LEAD + length
    start += -start % ALIGN
    if size != start + header['num_bytes']:
        raise ValueError(
            f'{path} should have {start + header["num_bytes"]} bytes, but '
            f'has {size}: it is cut short or something was added; copy or '
            'convert it again.')
    return header, start


def _map(path: Path) -> np.ndarray:
    """The bytes of a file, read-only, for reading here and there."""
    with open(path, 'rb') as file:
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    # Windows are read in random order; reading ahead would fill the memory
    # with rows that nobody asked for.
    pages.madvise(mmap.MADV_RANDOM)
    return np.frombuffer(pages, np.uint8)


def _view(data: np.ndarray, start: int, entry: dict) -> np.ndarray:
    first = start + entry['offset']
    raw = data[first:first + _num_bytes(entry)]
    return raw.view(entry['dtype']).reshape(entry['shape'])


def _num_bytes(entry: dict) -> int:
    return math.prod(entry['shape']) * np.dtype(entry['dtype']).itemsize


def _sha256(array: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()


def _stored(array: np.ndarray) -> np.ndarray:
    """Little-endian; texts in UTF-8; no doubles, which no network reads."""
    if array.dtype.kind == 'U':
        return np.char.encode(array, 'utf-8')
    if array.dtype == np.float64:
        return array.astype('<f4')
    return array.astype(array.dtype.newbyteorder('<'), copy=False)


def _check_rows(path: Union[str, Path], rows: dict) -> None:
    missing = [k for k in (*_NAMES, 'frame_index') if k not in rows]
    if missing:
        raise ValueError(f'{path} would lack {missing}; docs/data.md '
                         'describes the arrays.')
    count = len(rows['frame_index'])
    wrong = {k: v.shape for k, v in rows.items() if len(v) != count}
    if wrong or not count:
        raise ValueError(f'{path} would have {count} frames, but {wrong}.')
    objects = [k for k, v in rows.items() if v.dtype.hasobject]
    if objects:
        raise ValueError(f'{path} holds plain arrays, but {objects} are '
                         'objects.')


def _index_tracks(path: Union[str, Path],
                  rows: dict) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Arrays of the index, and the order that the rows are written in."""
    keys = track_keys(rows['sequence'], rows['person'])
    if (np.char.count(keys, '\n') != 1).any():
        raise ValueError(f'{path}: names of sequences and persons must not '
                         'hold a line break.')
    order, starts = sort_tracks(keys, rows['frame_index'])
    frames = rows['frame_index'][order]
    inner = np.ones(len(order) - 1, bool)
    inner[starts[1:-1] - 1] = False
    twice = np.flatnonzero(inner & (np.diff(frames) <= 0))
    if len(twice):
        name = keys[order[twice[0]]].replace('\n', '", person "')
        raise ValueError(f'{path}: frame {frames[twice[0]]} of sequence '
                         f'"{name}" comes twice.')
    names = [key.encode() for key in keys[order[starts[:-1]]].tolist()]
    return {
        'track/start': starts,
        'track/names': np.frombuffer(b''.join(names), np.uint8),
        'track/name_ends': np.cumsum([len(n) for n in names])
    }, order


def track_keys(sequence: np.ndarray, person: np.ndarray) -> np.ndarray:
    """``(F,)`` texts that tell tracks apart: both names, a line each."""
    return np.char.add(
        np.char.add(sequence.astype(str), '\n'), person.astype(str))


def sort_tracks(keys: np.ndarray,
                frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Order that puts rows of a track side by side, sorted by frame.

    Args:
        keys: ``(F,)`` of :func:`track_keys`.
        frames: ``(F,)`` frame numbers.

    Returns:
        ``order`` ``(F,)``, and ``starts`` ``(N + 1,)``: track ``i`` has the
        rows ``order[starts[i]:starts[i + 1]]``. Tracks come in the order of
        their first rows.
    """
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))[inverse]
    order = np.lexsort((frames, rank))
    edges = np.flatnonzero(np.diff(rank[order])) + 1
    return order, np.concatenate([[0], edges, [len(order)]])
