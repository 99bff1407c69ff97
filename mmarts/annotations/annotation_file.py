# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The annotation file: memory-mapped arrays of one split, a JSON header."""
import hashlib
import json
import math
import mmap
from pathlib import Path
from typing import Union

import numpy as np

SUFFIX = '.mmarts'
MAGIC = b'MMARTSA1'
# Magic, length of the header (uint64), SHA-256 of the header.
_LEAD = len(MAGIC) + 8 + 32
ALIGN = 64


class AnnotationFile:
    """Arrays of a split, mapped: what is not read takes no memory.

    ``docs/annotation_format.md`` describes the bytes. Rows of one track lie
    side by side, sorted by ``frame_index``. The header's own checksum and
    the size of the file are checked here; :meth:`verify` reads everything.
    A pickled object opens the file again, so workers share its pages.

    Args:
        path: A file that :class:`~.annotation_writer.AnnotationWriter` wrote.

    Raises:
        FileNotFoundError: If it is not there.
        ValueError: If it is foreign, damaged or cut short.
    """

    def __init__(self, path: Union[str, Path]) -> None:
        self.path = Path(path)
        self.header, start = _read_header(self.path)
        data = _map(self.path)
        rows = {
            name: view_array(data, start, entry)
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
            if _sha256(view_array(data, start, entry)) != entry['sha256']
        ]
        if wrong:
            raise ValueError(f'{self.path} is damaged: the checksums of '
                             f'{wrong} are wrong; convert it again.')


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


def view_array(data: np.ndarray, start: int, entry: dict) -> np.ndarray:
    """One array of the file's bytes, by its entry of the header."""
    first = start + entry['offset']
    raw = data[first:first + num_bytes(entry)]
    return raw.view(entry['dtype']).reshape(entry['shape'])


def num_bytes(entry: dict) -> int:
    """Bytes of an array, by its entry of the header."""
    return math.prod(entry['shape']) * np.dtype(entry['dtype']).itemsize


def _sha256(array: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()


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
