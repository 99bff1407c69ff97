# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Rows of an annotation file as they were written."""
from typing import Iterator

import numpy as np

from mmarts.annotations.annotation_file import AnnotationFile

CHUNK_ROWS = 4096


def rows_of(file: AnnotationFile,
            count: int = CHUNK_ROWS) -> Iterator[dict[str, np.ndarray]]:
    """Rows of an annotation file in chunks, names of tracks included.

    Args:
        file: The file.
        count: Rows of a chunk.
    """
    starts = file.track_starts
    names = np.array(
        [file.track_name(track) for track in range(len(starts) - 1)])
    for start in range(0, starts[-1], count):
        rows = slice(start, min(start + count, starts[-1]))
        tracks = np.searchsorted(starts, np.arange(rows.start, rows.stop),
                                 'right') - 1
        chunk = {k: v[rows] for k, v in file.arrays.items() if v.ndim}
        yield dict(chunk, sequence=names[tracks, 0], person=names[tracks, 1])
