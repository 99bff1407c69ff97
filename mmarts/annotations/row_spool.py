# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Rows of one array that wait on disk until they are all there."""
from pathlib import Path

import numpy as np


class RowSpool:
    """One array of an annotation file in the making.

    Rows are appended to a file; texts, whose width may grow, are held in
    memory. Rows that nobody gives stay zeros.

    Args:
        path: Its file.
        like: The first rows that will come; they are not taken yet.
    """

    def __init__(self, path: Path, like: np.ndarray) -> None:
        like = stored(like)
        self.dtype, self.shape = like.dtype, like.shape[1:]
        self._is_text = like.dtype.kind == 'S'
        self._texts: list[np.ndarray] = []
        self._runs: list[tuple[int, int]] = []
        self._file = open(path, 'wb')

    def add(self, start: int, array: np.ndarray) -> None:
        """Append rows ``start`` and following of the split.

        Raises:
            ValueError: If they are of another shape or kind than the first.
        """
        array = stored(array)
        if array.shape[1:] != self.shape:
            raise ValueError(f'has rows of shape {self.shape}, then '
                             f'{array.shape[1:]}.')
        if self._is_text and array.dtype.kind == 'S':
            self.dtype = max(self.dtype, array.dtype, key=_width)
            self._texts.append(array)
        elif np.can_cast(array.dtype, self.dtype):
            array = np.ascontiguousarray(array.astype(self.dtype, copy=False))
            self._file.write(array.data)
        else:
            raise ValueError(f'is of type {self.dtype}, then {array.dtype}.')
        self._runs.append((start, len(array)))

    def finish(self, num_rows: int) -> None:
        """No more rows: get ready for reading.

        Args:
            num_rows: Rows of the split.
        """
        self._file.close()
        self._position = np.full(num_rows, -1)
        count = 0
        for start, length in self._runs:
            self._position[start:start + length] = np.arange(
                count, count + length)
            count += length
        self.is_partial = count < num_rows
        self._count = count
        if self._is_text:
            self._texts = [np.concatenate(self._texts).astype(self.dtype)]

    def has(self, rows: np.ndarray) -> np.ndarray:
        """``(N,)`` bool: whether these rows were given."""
        return self._position[rows] >= 0

    def read(self, rows: np.ndarray, out: np.ndarray) -> None:
        """Fill ``out`` ``(N, ...)`` where rows were given."""
        position = self._position[rows]
        if (position >= 0).any():
            out[position >= 0] = self._open()[position[position >= 0]]

    def _open(self) -> np.ndarray:
        """All rows: mapped anew, so that what was read takes no memory."""
        if self._is_text:
            return self._texts[0]
        shape = self._count, *self.shape
        if not np.prod(shape):
            return np.zeros(shape, self.dtype)
        return np.memmap(self._file.name, self.dtype, 'r', shape=shape)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def stored(array: np.ndarray) -> np.ndarray:
    """Little-endian; texts in UTF-8; no doubles, which no network reads."""
    if array.dtype.kind == 'U':
        return np.char.encode(array, 'utf-8')
    if array.dtype == np.float64:
        return array.astype('<f4')
    return array.astype(array.dtype.newbyteorder('<'), copy=False)


def _width(dtype: np.dtype) -> int:
    return dtype.itemsize
