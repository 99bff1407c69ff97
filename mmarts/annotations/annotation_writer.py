# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Writes annotation files from chunks of rows, larger than memory or not."""
import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Iterator, Mapping, Optional, Union

import numpy as np

from mmarts.structures.mesh_data_sample import PER_JOINT
from mmarts.utils.files import whole_file
from .annotation_file import ALIGN, MAGIC, SUFFIX, num_bytes, track_keys
from .row_spool import RowSpool

UNITS = dict(length='m', angle='rad', image='px', time='s')
# Stored as the index of tracks, not as rows.
NAMES = ('sequence', 'person')
BLOCK_BYTES = 1 << 24


class AnnotationWriter:
    """Write one split chunk by chunk; the file appears when all went well.

    ::

        with AnnotationWriter(path, dict(fps=30., ...)) as writer:
            for arrays in chunks:
                writer.add(arrays)

    Rows come in any order and wait in files beside the final one; in memory
    are their texts and about 40 bytes a row. A chunk may lack an array that
    others have: its rows are zeros then, and ``<name>_valid`` says so.

    Args:
        path: File to write; its name ends in ``.mmarts``.
        values: One value each for the file, as ``docs/data.md`` lists them.
        source: The data in words: name, release, files.
        converter: Name of the converter that made the arrays.
        converter_version: Its version.
        fingerprint: Text that changes with the input and the options of the
            conversion.

    Raises:
        ValueError: If the name of the file is wrong.
    """

    def __init__(self,
                 path: Union[str, Path],
                 values: Mapping[str, Any],
                 source: str = '',
                 converter: str = '',
                 converter_version: int = 1,
                 fingerprint: str = '') -> None:
        self.path = Path(path)
        if self.path.suffix != SUFFIX:
            raise ValueError(f'An annotation file is called *{SUFFIX}, but '
                             f'got "{path}".')
        self.meta = dict(
            units=UNITS,
            source=source,
            converter=converter,
            converter_version=converter_version,
            fingerprint=fingerprint,
            values={
                k: np.asarray(v).item()
                for k, v in values.items()
            })
        self.num_rows = 0
        self._spools: dict[str, RowSpool] = {}
        self._tracks: dict[str, int] = {}
        self._track_ids: list[np.ndarray] = []
        self._frames: list[np.ndarray] = []

    def __enter__(self) -> 'AnnotationWriter':
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._folder = Path(
            tempfile.mkdtemp(
                dir=self.path.parent, prefix=f'.{self.path.stem}.rows'))
        return self

    def __exit__(self, kind: Optional[type], error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            for spool in self._spools.values():
                spool.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, arrays: Mapping[str, Any]) -> None:
        """Take some rows.

        Args:
            arrays: Arrays of ``docs/data.md`` with one row a frame and
                person; ``sequence``, ``person`` and ``frame_index`` are
                among them.

        Raises:
            ValueError: If sizes disagree with each other or with earlier
                chunks, or a name holds a line break.
        """
        rows = {k: np.asarray(v) for k, v in arrays.items()}
        _check_rows(self.path, rows)
        keys = track_keys(rows['sequence'], rows['person'])
        if (np.char.count(keys, '\n') != 1).any():
            raise ValueError(f'{self.path}: names of sequences and persons '
                             'must not hold a line break.')
        unique, inverse = np.unique(keys, return_inverse=True)
        # In the order of their first rows, not of the alphabet.
        first = np.full(len(unique), len(keys))
        np.minimum.at(first, inverse, np.arange(len(keys)))
        for i in np.argsort(first):
            self._tracks.setdefault(str(unique[i]), len(self._tracks))
        ids = np.array([self._tracks[str(key)] for key in unique], np.int32)
        self._track_ids.append(ids[inverse])
        self._frames.append(rows['frame_index'].astype(np.int64))
        for name, array in rows.items():
            if name not in NAMES:
                self._spool(name, array)
        self.num_rows += len(keys)

    def _spool(self, name: str, array: np.ndarray) -> None:
        if name not in self._spools:
            # No name of an array has to be a name of a file.
            path = self._folder / str(len(self._spools))
            self._spools[name] = RowSpool(path, array)
        try:
            self._spools[name].add(self.num_rows, array)
        except ValueError as error:
            raise ValueError(f'{self.path}: "{name}" {error}') from None

    def _finish(self) -> None:
        if not self.num_rows:
            raise ValueError(f'{self.path} would have 0 frames.')
        order, index = self._index_tracks()
        for spool in self._spools.values():
            spool.finish(self.num_rows)
        columns = {
            name: (dtype, (self.num_rows, *shape))
            for name, (dtype, shape) in self._columns().items()
        }
        layout = dict(columns)
        layout.update({k: (v.dtype.str, v.shape) for k, v in index.items()})
        digests = dict.fromkeys(layout, '0' * 64)
        with whole_file(self.path) as temporary, open(temporary, 'wb') as file:
            # Checksums are known when all is written; their length is now.
            file.write(header_bytes(self.meta, layout, digests))
            for name in layout:
                file.write(b'\0' * (-file.tell() % ALIGN))
                blocks = (
                    self._blocks(name, order)
                    if name in columns else iter([index[name]]))
                digests[name] = _write(file, blocks)
            file.seek(0)
            file.write(header_bytes(self.meta, layout, digests))

    def _columns(self) -> dict[str, tuple[str, tuple]]:
        """Name -> type and shape of a row, masks that are needed included."""
        columns = {n: (s.dtype.str, s.shape) for n, s in self._spools.items()}
        for name, spool in self._spools.items():
            if spool.is_partial and _has_mask(name, spool):
                joints = spool.shape[:1] if name in PER_JOINT else ()
                columns.setdefault(f'{name}_valid', ('|b1', joints))
        return columns

    def _blocks(self, name: str, order: np.ndarray) -> Iterator[np.ndarray]:
        dtype, shape = self._columns()[name]
        entry = dict(dtype=dtype, shape=(1, *shape))
        step = max(1, BLOCK_BYTES // max(1, num_bytes(entry)))
        spool = self._spools.get(name)
        target = self._spools.get(name.removesuffix('_valid'))
        for start in range(0, len(order), step):
            rows = order[start:start + step]
            block = np.zeros((len(rows), *shape), dtype)
            if name.endswith('_valid') and target is not None:
                block[target.has(rows)] = True
            if spool is not None:
                spool.read(rows, block)
            yield block

    def _index_tracks(self) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Order that the rows are written in, and arrays of the index."""
        ids = np.concatenate(self._track_ids)
        frames = np.concatenate(self._frames)
        order = np.lexsort((frames, ids))
        starts = np.searchsorted(ids[order], np.arange(len(self._tracks) + 1))
        names = list(self._tracks)
        same = np.diff(ids[order]) == 0
        twice = np.flatnonzero(same & (np.diff(frames[order]) == 0))
        if len(twice):
            row = order[twice[0]]
            name = names[ids[row]].replace('\n', '", person "')
            raise ValueError(f'{self.path}: frame {frames[row]} of sequence '
                             f'"{name}" comes twice.')
        encoded = [name.encode() for name in names]
        return order, {
            'track/start': starts,
            'track/names': np.frombuffer(b''.join(encoded), np.uint8),
            'track/name_ends': np.cumsum([len(n) for n in encoded])
        }


def write_annotations(path: Union[str, Path],
                      arrays: Mapping[str, Any],
                      source: str = '',
                      converter: str = '',
                      converter_version: int = 1) -> None:
    """Write one split that is in memory, whole or not at all.

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
    arrays = {k: np.asarray(v) for k, v in arrays.items()}
    values = {k: v for k, v in arrays.items() if not v.ndim}
    with AnnotationWriter(path, values, source, converter,
                          converter_version) as writer:
        writer.add({k: v for k, v in arrays.items() if v.ndim})


def header_bytes(meta: dict, arrays: Mapping[str, tuple],
                 digests: Mapping[str, str]) -> bytes:
    """Everything that lies before the arrays, padded to their start.

    Args:
        meta: What stands in the header beside the arrays.
        arrays: Name -> (dtype, shape), in the order of the file.
        digests: Name -> SHA-256, 64 hex digits.
    """
    entries, offset, end = {}, 0, 0
    for name, (dtype, shape) in arrays.items():
        entries[name] = dict(
            dtype=dtype,
            shape=list(shape),
            offset=offset,
            sha256=digests[name])
        end = offset + num_bytes(entries[name])
        offset = end + -end % ALIGN
    text = json.dumps(dict(meta, arrays=entries, num_bytes=end)).encode()
    head = (
        MAGIC + len(text).to_bytes(8, 'little') +
        hashlib.sha256(text).digest() + text)
    return head + b'\0' * (-len(head) % ALIGN)


def _has_mask(name: str, spool: RowSpool) -> bool:
    # Missing texts are empty and missing scores 0, which says enough.
    return spool.dtype.kind != 'S' and not name.endswith(('_valid', '_score'))


def _write(file, blocks: Iterator[np.ndarray]) -> str:
    """Write blocks of rows; their SHA-256."""
    digest = hashlib.sha256()
    for block in blocks:
        data = np.ascontiguousarray(block).data
        digest.update(data)
        file.write(data)
    return digest.hexdigest()


def _check_rows(path: Path, rows: dict[str, np.ndarray]) -> None:
    missing = [k for k in (*NAMES, 'frame_index') if k not in rows]
    if missing:
        raise ValueError(f'{path} would lack {missing}; docs/data.md '
                         'describes the arrays.')
    count = len(rows['frame_index'])
    wrong = {
        k: v.shape
        for k, v in rows.items() if not v.ndim or len(v) != count
    }
    if wrong or not count:
        raise ValueError(f'{path} would have {count} frames, but {wrong}.')
    objects = [k for k, v in rows.items() if v.dtype.hasobject]
    if objects:
        raise ValueError(f'{path} holds plain arrays, but {objects} are '
                         'objects.')
