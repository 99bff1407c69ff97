# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Reads arrays from official body model files and executes nothing."""
import pickle
import re
import zipfile
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Callable, Union

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import coo_matrix

# Plain numbers, texts and objects; no structured types.
_DTYPE_CODE = re.compile(r'[<>|=]?[?biufcSUO]\d{0,9}')
# What a broken or hostile stream can raise before it is refused.
BROKEN = (pickle.UnpicklingError, EOFError, LookupError, TypeError,
          AttributeError, ValueError, OverflowError, MemoryError, RuntimeError,
          zlib.error)


class StandIn:
    """An object of the file as data: its state is kept, none of it runs.

    numpy's own objects are stood in for as well: their C code trusts the
    state that it is given.
    """

    state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def value(self, plain: Callable) -> Any:
        """What the object stands for; ``plain`` does the same for parts."""
        raise pickle.UnpicklingError(f'{type(self).__name__} holds no value')


class _Array(StandIn):
    """Stands for a ``numpy.ndarray``."""

    def value(self, plain: Callable) -> np.ndarray:
        _, shape, dtype, is_fortran, raw = self.state
        return _filled(raw, dtype, shape, 'F' if is_fortran else 'C', plain)


class _DType(StandIn):
    """Stands for a ``numpy.dtype``."""

    def __init__(self, code: str, *flags: int) -> None:
        if not isinstance(code, str) or not _DTYPE_CODE.fullmatch(code):
            raise pickle.UnpicklingError(f'it holds an array of type {code!r}')
        self.code = code

    def value(self, plain: Callable) -> np.dtype:
        dtype = np.dtype(self.code)
        if self.state is None:
            return dtype
        _, order, sub_array, names, *_ = self.state
        if sub_array is not None or names is not None:
            raise pickle.UnpicklingError('it holds a structured array')
        return dtype.newbyteorder(order)


class _Chumpy(StandIn):
    """Stands for ``chumpy.ch.Ch``: a number or an array."""

    def value(self, plain: Callable) -> np.ndarray:
        return np.asarray(plain(self.state['x']))


class _ChumpySelect(StandIn):
    """Stands for ``chumpy.reordering.Select``: entries of another array."""

    def value(self, plain: Callable) -> np.ndarray:
        source = np.asarray(plain(self.state['a'])).ravel()
        picked = source[np.asarray(plain(self.state['idxs']))]
        shape = plain(self.state.get('preferred_shape', picked.shape))
        return picked.reshape(shape)


class _Sparse(StandIn):
    """Stands for ``scipy.sparse.csc_matrix``; becomes a dense array."""

    by_column = True

    def value(self, plain: Callable) -> np.ndarray:
        state = plain(self.state)
        shape = tuple(state['_shape' if '_shape' in state else 'shape'])
        dense = np.zeros(shape, state['data'].dtype)
        counts = np.diff(state['indptr'])
        major = np.repeat(np.arange(len(counts)), counts)
        minor = state['indices']
        # Repeated entries add up, as in scipy.
        np.add.at(dense, (minor, major) if self.by_column else (major, minor),
                  state['data'])
        return dense


class _SparseRows(_Sparse):
    """Stands for ``scipy.sparse.csr_matrix``."""

    by_column = False


class _SparseEntries(StandIn):
    """Stands for ``scipy.sparse.coo_matrix``; becomes a dense array."""

    def value(self, plain: Callable) -> np.ndarray:
        return _coo_of(plain(self.state)).toarray()


class _KeptSparse(_Sparse):
    """Stands for a compressed matrix and stays sparse."""

    def value(self, plain: Callable) -> 'coo_matrix':
        state = plain(self.state)
        counts = np.diff(state['indptr'])
        place = [state['indices'], np.repeat(np.arange(len(counts)), counts)]
        row, col = place if self.by_column else place[::-1]
        return _coo_of(dict(state, row=row, col=col))


class _KeptSparseRows(_KeptSparse):
    """The same by row."""

    by_column = False


class _KeptSparseEntries(StandIn):
    """Stands for ``scipy.sparse.coo_matrix`` and stays sparse."""

    def value(self, plain: Callable) -> 'coo_matrix':
        return _coo_of(plain(self.state))


class _Name(StandIn):
    """A class that is only mentioned: ``object``, ``numpy.ndarray``."""


class _Made(StandIn):
    """The result of one of the functions below."""

    def __init__(self, make: Callable) -> None:
        self.value = make


class _Function:
    """A function that a file may call; nothing can be set on it."""

    __slots__ = ('call', )

    def __init__(self, call: Callable) -> None:
        self.call = call

    def __call__(self, *args: Any) -> Any:
        return self.call(*args)

    def __setstate__(self, state: Any) -> None:
        raise pickle.UnpicklingError('it sets the state of a function')


def _coo_of(state: dict) -> 'coo_matrix':
    """scipy checks that the entries lie inside the shape."""
    # Few files hold a sparse matrix, and scipy.sparse takes a while.
    from scipy.sparse import coo_matrix
    shape = state['_shape' if '_shape' in state else 'shape']
    row, col = state['coords'] if 'coords' in state else (state['row'],
                                                          state['col'])
    return coo_matrix((state['data'], (row, col)), tuple(shape))


def _filled(raw: Any, dtype: _DType, shape: tuple, order: str,
            plain: Callable) -> np.ndarray:
    dtype = plain(dtype)
    if dtype.hasobject:
        array = np.empty(len(raw), object)
        for i, entry in enumerate(raw):
            array[i] = plain(entry)
    else:
        raw = raw.encode('latin1') if isinstance(raw, str) else raw
        array = np.frombuffer(raw, dtype).copy()
    shape = plain(shape)
    if min(shape, default=0) < 0:
        raise pickle.UnpicklingError(f'it holds an array of shape {shape}')
    return array.reshape(shape, order=order)


def _reconstructor(cls: type, base: Any, state: Any) -> StandIn:
    if not (isinstance(cls, type) and issubclass(cls, StandIn)):
        raise pickle.UnpicklingError('it makes an object of no known class')
    return cls()


def _encode(text: str, encoding: str) -> bytes:
    # Protocols 0 to 2 of Python 3 write bytes like this, always in latin1.
    return text.encode('latin1')


def _scalar(dtype: _DType, raw: Any) -> _Made:
    return _Made(lambda plain: _filled(raw, dtype, (1, ), 'C', plain)[0])


def _from_buffer(raw: Any, dtype: _DType, shape: tuple, order: str) -> _Made:
    return _Made(lambda plain: _filled(raw, dtype, shape, order, plain))


def _listed(modules: str, name: str, stand_in: Any) -> dict:
    return {(module, name): stand_in for module in modules.split()}


_NUMPY_CORE = 'numpy.core.{0} numpy._core.{0}'
_ALLOWED = {
    **_listed('builtins __builtin__', 'object', _Name),
    **_listed('builtins __builtin__', 'set', _Function(set)),
    **_listed('builtins __builtin__', 'bytes', _Function(lambda: b'')),
    **_listed('collections', 'OrderedDict', _Function(OrderedDict)),
    **_listed('copyreg copy_reg', '_reconstructor', _Function(_reconstructor)),
    **_listed('_codecs', 'encode', _Function(_encode)),
    **_listed('numpy', 'ndarray', _Name),
    **_listed('numpy', 'dtype', _DType),
    **_listed(
        _NUMPY_CORE.format('multiarray'), '_reconstruct',
        _Function(lambda cls, shape, code: _Array())),
    **_listed(_NUMPY_CORE.format('multiarray'), 'scalar', _Function(_scalar)),
    **_listed(
        _NUMPY_CORE.format('numeric'), '_frombuffer', _Function(_from_buffer)),
    **_listed('chumpy.ch', 'Ch', _Chumpy),
    **_listed('chumpy.reordering', 'Select', _ChumpySelect),
    **_listed('scipy.sparse.csc scipy.sparse._csc', 'csc_matrix', _Sparse),
    **_listed('scipy.sparse.csr scipy.sparse._csr', 'csr_matrix', _SparseRows),
    **_listed(
        'scipy.sparse.coo scipy.sparse._coo',
        'coo_matrix',
        _SparseEntries,
    ),
}
_KEPT_SPARSE = {
    _Sparse: _KeptSparse,
    _SparseRows: _KeptSparseRows,
    _SparseEntries: _KeptSparseEntries
}


def stand_in_of(module: str, name: str) -> Any:
    """What is made where a pickle names an object of a module.

    Raises:
        UnpicklingError: If it is not on the list.
    """
    if (module, name) not in _ALLOWED:
        raise pickle.UnpicklingError(
            f'it asks for {module}.{name}, which is not on the list of '
            'array types that mmarts reads')
    return _ALLOWED[module, name]


class _ArrayUnpickler(pickle.Unpickler):

    keep_sparse = False

    def find_class(self, module: str, name: str) -> Any:
        allowed = stand_in_of(module, name)
        return _KEPT_SPARSE.get(allowed,
                                allowed) if self.keep_sparse else allowed


def _unpickled(file: BinaryIO, keep_sparse: bool = False) -> Any:
    """The object of a stream: arrays, containers, texts and numbers."""
    unpickler = _ArrayUnpickler(file, encoding='latin1')
    unpickler.keep_sparse = keep_sparse
    return plain_value(unpickler.load())


def plain_value(loaded: Any) -> Any:
    """Arrays, containers, texts and numbers instead of stand-ins."""
    known = {}

    def plain(value: Any) -> Any:
        if id(value) in known:
            return known[id(value)][1]
        if isinstance(value, StandIn):
            result = value.value(plain)
        elif isinstance(value, dict):
            # Not value.items(): a file may give an OrderedDict attributes.
            result = {plain(k): plain(v) for k, v in dict.items(value)}
        elif isinstance(value, (list, tuple, set)):
            result = type(value)(plain(v) for v in value)
        elif isinstance(value, (type, _Function)):
            raise pickle.UnpicklingError('it holds a class or a function')
        else:
            return value
        known[id(value)] = value, result
        return result

    return plain(loaded)


def load_arrays(path: Union[str, Path]) -> dict:
    """Read a pickled dict of arrays (numpy, chumpy, scipy.sparse).

    Args:
        path: A pickle of Python 2 or 3, of any protocol, in the layout of
            the official SMPL, SMPL-H, SMPL-X and MANO files. chumpy need not
            be installed.

    Returns:
        numpy arrays (sparse ones dense), texts, numbers and containers.

    Raises:
        ValueError: If the file is no such pickle, or names any object that
            is not on the list above; nothing of it has run then.
    """
    with open(path, 'rb') as file:
        return read_arrays(file, path)


def read_arrays(file: BinaryIO, name: Union[str, Path]) -> dict:
    """:func:`load_arrays` of an open file.

    Args:
        file: The pickle.
        name: What to call it in errors.

    Raises:
        ValueError: As :func:`load_arrays`.
    """
    try:
        arrays = _unpickled(file)
    except BROKEN as error:
        raise refused(name, error) from None
    if not isinstance(arrays, dict):
        raise ValueError(f'{name} should hold a dict of arrays, but holds a '
                         f'{type(arrays).__name__}.')
    return arrays


def load_npz_arrays(path: Union[str, Path], keep_sparse: bool = False) -> dict:
    """Read a ``.npz``, entries that are pickles inside included.

    The SMPL-X files hold a few dicts, which numpy writes as pickles. They are
    read as :func:`load_arrays` reads them.

    Args:
        path: The file.
        keep_sparse: Whether sparse matrices come as ``scipy.sparse``'s
            ``coo_matrix``, not dense.

    Raises:
        ValueError: If the file is damaged, or a pickle in it names any object
            that is not on the list above.
    """
    with open(path, 'rb') as file:
        return read_npz_arrays(file, path, keep_sparse)


def read_npz_arrays(file: BinaryIO,
                    name: Union[str, Path],
                    keep_sparse: bool = False) -> dict:
    """:func:`load_npz_arrays` of an open file.

    Args:
        file: The ``.npz``.
        name: What to call it in errors.
        keep_sparse: As there.

    Raises:
        ValueError: As :func:`load_npz_arrays`.
    """
    arrays = {}
    try:
        with zipfile.ZipFile(file) as archive:
            for entry in archive.namelist():
                with archive.open(entry) as part:
                    arrays[entry.removesuffix('.npy')] = _npy_array(
                        part, keep_sparse)
    except zipfile.BadZipFile:
        raise ValueError(f'{name} is no .npz file, or is damaged.') from None
    except BROKEN as error:
        raise refused(name, error) from None
    return arrays


def refused(path: Union[str, Path], error: Exception) -> ValueError:
    """The one line that says why a file is not read."""
    reason = str(error).rstrip('.') or type(error).__name__
    return ValueError(f'Cannot read {path} safely: {reason}.')


def _npy_array(file: BinaryIO, keep_sparse: bool) -> np.ndarray:
    version = np.lib.format.read_magic(file)
    read_header = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0) else np.lib.format.read_array_header_2_0)
    shape, _, dtype = read_header(file)
    if not dtype.hasobject:
        file.seek(0)
        return np.lib.format.read_array(file, allow_pickle=False)
    content = _unpickled(file, keep_sparse)
    if np.shape(content) == shape:
        return np.asarray(content, dtype=object)
    return np.asarray(content, dtype=object).reshape(shape)
