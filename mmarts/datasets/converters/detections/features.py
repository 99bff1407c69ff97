# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Attaches image features of joblib files to the rows of annotation files."""
from pathlib import PurePosixPath
from typing import Iterator, Optional

import numpy as np

from mmarts.compat.safe_joblib import load_joblib
from mmarts.registry import CONVERTERS
from ..annotation_rows import rows_of
from ..dataset_converter import Part
from ..record_log import RecordLog
from ..source_files import SourceFiles
from .attachment import Attachment

# Folders that some releases put between others, and some do not.
_SILENT = {'images', 'imageFiles', 'imageFrames', 'imageSequence', '.'}
_MISSED = 'rows without an image feature'


@CONVERTERS.register_module(name='features')
class Features(Attachment):
    """A copy of annotation files with ``feat``: what others extracted.

    The files are dicts of arrays that joblib wrote, ``*_db.pt``, as VIBE,
    TCMR, PMCE and ARTS have them: ``features`` (N, C) and ``img_name`` (N,);
    where several people are in a picture also ``vid_name``, which ends in
    ``<sequence>_<person>``. Nothing in them is executed. Rows without a
    feature are left out, as in those releases.

    Args:
        annotations: A ``.mmarts`` file, or a folder of them.

    Raises:
        FileNotFoundError: If there are no such annotations.
    """

    title = 'Image features'
    suffixes = '.pt', '.pkl', '.joblib'
    content = 'features'

    def read(self, part: Part, files: SourceFiles,
             log: RecordLog) -> Iterator[dict[str, np.ndarray]]:
        """Rows of an annotation file that have a feature."""
        file, tables = self.file_of(part), _read_tables(files, part, log)
        if 'image' not in file.arrays:
            raise ValueError(f'{file.path} names no pictures, by which '
                             'features are found.')
        for chunk in rows_of(file):
            found = [
                next((f for f in (t.find(*names)
                                  for t in tables) if f is not None), None)
                for names in zip(
                    np.char.decode(chunk['image'], 'utf-8').tolist(),
                    chunk['sequence'].tolist(), chunk['person'].tolist())
            ]
            kept = [
                row for row, feat in enumerate(found)
                if _is_there(feat, chunk, row, log)
            ]
            if kept:
                feat = np.stack([found[row] for row in kept])
                yield dict({k: v[kept] for k, v in chunk.items()}, feat=feat)


class FeatureTable:
    """The features of one file, by picture and person.

    Pictures are told by their names and as many folders as are needed to
    tell those of the file apart.

    Args:
        content: Arrays of the file.

    Raises:
        ValueError: If arrays are missing, or do not fit together.
    """

    def __init__(self, content: dict) -> None:
        missing = {'features', 'img_name'} - set(content)
        if missing:
            raise ValueError(f'lacks {sorted(missing)}; it holds '
                             f'{sorted(map(str, content))[:9]}')
        self.features = np.asanyarray(content['features'])
        if self.features.ndim != 2 or self.features.dtype.kind != 'f':
            raise ValueError(
                'should hold features (N, C) as numbers, but they are '
                f'{self.features.shape} of type {self.features.dtype}')
        names = _texts(content['img_name'])
        people = _texts(content.get('vid_name', [''] * len(names)))
        if not len(names) == len(people) == len(self.features):
            raise ValueError(f'has {len(self.features)} features, but '
                             f'{len(names)} pictures, {len(people)} people')
        paths = {name: _folders(name) for name in dict.fromkeys(names)}
        self.depth = _depth(list(paths.values()))
        self._rows: dict[str, dict[str, int]] = {}
        for row, (name, person) in enumerate(zip(names, people)):
            key = '/'.join(paths[name][-self.depth:])
            self._rows.setdefault(key, {})[person] = row

    def find(self, image: str, sequence: str,
             person: str) -> Optional[np.ndarray]:
        """``(C,)`` of a person in a picture; None if there is none."""
        key = '/'.join(_folders(image)[-self.depth:])
        people = self._rows.get(key, {})
        row = people.get(f'{sequence}_{person}')
        if row is None and len(people) == 1:
            name, row = next(iter(people.items()))
            # The only one that was kept may be somebody else.
            if name.rpartition('_')[0] == sequence:
                return None
        return None if row is None else self.features[row].astype('f4')


def _is_there(feat: Optional[np.ndarray], chunk: dict[str, np.ndarray],
              row: int, log: RecordLog) -> bool:
    record = (f'{chunk["sequence"][row]}, person {chunk["person"][row]}, '
              f'frame {chunk["frame_index"][row]}')
    if feat is None:
        log.skip(record, _MISSED)
    elif not np.isfinite(feat).all():
        log.bad(record, 'its feature is not finite')
    else:
        return True
    return False


def _read_tables(files: SourceFiles, part: Part,
                 log: RecordLog) -> list[FeatureTable]:
    """Every file's; a broken one gives none."""
    if not files.root.is_dir():
        raise ValueError(f'"{files.root}" should be unpacked: features are '
                         'read where they lie.')
    tables, before = [], log.path
    for path in part.paths:
        try:
            tables.append(FeatureTable(load_joblib(files.root / path)))
            sizes = {t.features.shape[1] for t in tables}
            if len(sizes) > 1:
                tables.pop()
                raise ValueError(f'has features of another size: {sizes}')
        except ValueError as error:
            log.path = path
            log.bad('', str(error))
            log.path = before
    return tables


def _texts(values) -> list[str]:
    """Names of an array or list, whatever type they have."""
    return [
        v.decode() if isinstance(v, bytes) else str(v)
        for v in np.asarray(values).tolist()
    ]


def _folders(path: str) -> tuple[str, ...]:
    parts = PurePosixPath(path.replace('\\', '/')).parts
    return tuple(p for p in parts if p not in _SILENT)


def _depth(paths: list[tuple[str, ...]]) -> int:
    """Folders, name included, that tell all pictures apart."""
    longest = max(map(len, paths), default=1)
    return next((depth for depth in range(1, longest)
                 if len({p[-depth:]
                         for p in paths}) == len(paths)), longest)
