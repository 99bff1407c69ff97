# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Reads arrays from official SMPL pickles and executes nothing."""
import _codecs
import copyreg
import pickle

import numpy as np

try:
    from numpy._core import multiarray
except ImportError:  # numpy < 2
    from numpy.core import multiarray


class _ChumpyArray:
    """Stands for ``chumpy.ch.Ch``: keeps the state, offers the array."""

    def __setstate__(self, state: dict) -> None:
        self.array = np.asarray(state['x'])

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return np.asarray(self.array, dtype=dtype)


class _ChumpySelect:
    """Stands for ``chumpy.reordering.Select``: entries of another array."""

    def __setstate__(self, state: dict) -> None:
        picked = np.asarray(state['a']).ravel()[np.asarray(state['idxs'])]
        self.array = picked.reshape(state['preferred_shape'])

    __array__ = _ChumpyArray.__array__


class _SparseMatrix:
    """Stands for ``scipy.sparse.csc_matrix`` (rows and columns as stored)."""

    def __setstate__(self, state: dict) -> None:
        self.state = state

    def toarray(self) -> np.ndarray:
        """The matrix, dense."""
        rows, columns = self.state['_shape']
        dense = np.zeros((rows, columns), self.state['data'].dtype)
        starts = self.state['indptr']
        for column in range(columns):
            part = slice(starts[column], starts[column + 1])
            # Repeated entries add up, as in scipy.
            np.add.at(dense[:, column], self.state['indices'][part],
                      self.state['data'][part])
        return dense


_ALLOWED = {
    ('numpy', 'ndarray'): np.ndarray,
    ('numpy', 'dtype'): np.dtype,
    ('numpy.core.multiarray', '_reconstruct'): multiarray._reconstruct,
    ('numpy._core.multiarray', '_reconstruct'): multiarray._reconstruct,
    ('numpy.core.multiarray', 'scalar'): multiarray.scalar,
    ('numpy._core.multiarray', 'scalar'): multiarray.scalar,
    ('_codecs', 'encode'): _codecs.encode,
    ('copy_reg', '_reconstructor'): copyreg._reconstructor,
    ('copyreg', '_reconstructor'): copyreg._reconstructor,
    ('__builtin__', 'object'): object,
    ('builtins', 'object'): object,
    ('chumpy.ch', 'Ch'): _ChumpyArray,
    ('chumpy.reordering', 'Select'): _ChumpySelect,
    ('scipy.sparse.csc', 'csc_matrix'): _SparseMatrix,
    ('scipy.sparse._csc', 'csc_matrix'): _SparseMatrix,
}


class _ArrayUnpickler(pickle.Unpickler):

    def find_class(self, module: str, name: str):
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(
                f'it asks for {module}.{name}, which is not on the list of '
                'array types that mmarts reads')
        return _ALLOWED[module, name]


def load_arrays(path: str) -> dict:
    """Read a pickled dict of arrays (numpy, chumpy, scipy.sparse).

    Args:
        path: A pickle of Python 2 or 3 in the layout of the official SMPL
            files. chumpy need not be installed.

    Raises:
        ValueError: If the file is no such pickle, or names any object that
            is not on the list above; nothing of it has run then.
    """
    try:
        with open(path, 'rb') as file:
            arrays = _ArrayUnpickler(file, encoding='latin1').load()
    except (pickle.UnpicklingError, EOFError, KeyError, TypeError,
            AttributeError, IndexError, UnicodeDecodeError) as error:
        raise ValueError(f'Cannot read {path} safely: {error}.') from None
    if not isinstance(arrays, dict):
        raise ValueError(f'{path} should hold a dict of arrays, but holds a '
                         f'{type(arrays).__name__}.')
    return arrays
