# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Reads what ``joblib.dump`` wrote, executes nothing, and needs no joblib.

Such a file is a pickle in which a wrapper stands for each array; the bytes of
the array come right behind its wrapper, in the middle of the pickle. Arrays
of large files are mapped, not read.
"""
import bz2
import gzip
import lzma
import math
import os
import pickle
import shutil
import struct
import tempfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO, Iterator, Union

import numpy as np

from .safe_pickle import BROKEN, StandIn, plain_value, refused, stand_in_of

_WRAPPER = 'joblib.numpy_pickle', 'NumpyArrayWrapper'
_OPENERS = {
    b'\x1f\x8b': gzip.open,
    b'BZ': bz2.open,
    b'\xfd7': lzma.open,
    b']\x00': lzma.open
}
_ZLIB = b'\x78'
_BLOCK = 1 << 20


class _Wrapper(StandIn):
    """Stands for an array whose bytes follow."""


class _Unpickler(pickle._Unpickler):
    """Python's own, which reads no byte ahead; C's reads blocks."""

    dispatch = dict(pickle._Unpickler.dispatch)

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, encoding='latin1')
        self.file = file

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == _WRAPPER:
            return _Wrapper
        return stand_in_of(module, name)

    def load_build(self) -> None:
        super().load_build()
        if isinstance(self.stack[-1], _Wrapper):
            self.stack[-1] = _array_behind(self.file, self.stack[-1].state)

    dispatch[pickle.BUILD[0]] = load_build


def load_joblib(path: Union[str, Path]) -> dict:
    """Read a dict of arrays that joblib wrote, compressed or not.

    Args:
        path: File of joblib 0.10 or later.

    Returns:
        numpy arrays, read-only and mapped where they are numbers or texts of
        one length; lists, texts and numbers.

    Raises:
        ValueError: If the file is no such dict, is cut short, or names any
            object that is not an array; nothing of it has run then.
    """
    with open(path, 'rb') as packed:
        try:
            with _unpacked(packed) as file:
                content = plain_value(_Unpickler(file).load())
        except (*BROKEN, OSError, lzma.LZMAError, struct.error) as error:
            raise refused(path, error) from None
    if not isinstance(content, dict):
        raise ValueError(f'{path} should hold a dict of arrays, but holds a '
                         f'{type(content).__name__}.')
    return content


def _unpacked(file: BinaryIO) -> BinaryIO:
    """The file itself, or one without a name that holds what it packs."""
    start = file.read(2)
    file.seek(0)
    if start in _OPENERS:
        plain = tempfile.TemporaryFile()
        with _OPENERS[start](file) as packed:
            shutil.copyfileobj(packed, plain, _BLOCK)
    elif start[:1] == _ZLIB:
        plain = tempfile.TemporaryFile()
        plain.writelines(_inflated(file))
    else:
        return file
    plain.seek(0)
    return plain


def _inflated(file: BinaryIO) -> Iterator[bytes]:
    inflate = zlib.decompressobj()
    for block in iter(lambda: file.read(_BLOCK), b''):
        yield inflate.decompress(block)
    yield inflate.flush()
    if not inflate.eof:
        raise EOFError('it is cut short')


def _array_behind(file: BinaryIO, state: dict) -> Any:
    """The array that a wrapper announces; the file is left behind it."""
    dtype, shape = plain_value(state['dtype']), state['shape']
    if dtype.hasobject:
        # A pickle of its own: texts of different lengths.
        return plain_value(_Unpickler(file).load())
    if any(not isinstance(n, int) or n < 0 for n in shape):
        raise pickle.UnpicklingError(f'it holds an array of shape {shape}')
    if state.get('numpy_array_alignment_bytes') is not None:
        file.seek(file.read(1)[0], os.SEEK_CUR)
    start, size = file.tell(), math.prod(shape) * dtype.itemsize
    if start + size > os.fstat(file.fileno()).st_size:
        raise EOFError('it is cut short within an array')
    order = 'F' if state['order'] == 'F' else 'C'
    if size:
        array = np.memmap(file, dtype, 'r', start, tuple(shape), order)
    else:
        array = np.empty(shape, dtype)
    file.seek(start + size)
    return array
