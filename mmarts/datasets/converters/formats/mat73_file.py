# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""MATLAB files of version 7.3, which are HDF5."""
import io
from typing import Union

import numpy as np

from mmarts.compat.optional import import_optional
from ..source_files import SourceFiles
from .mat_file import read_mat

_SIGNATURE = b'MATLAB 7.3 MAT-file', b'\x89HDF\r\n\x1a\n'


def read_any_mat(files: SourceFiles, path: str, *names: str) -> dict:
    """Variables of a ``.mat`` file of any version.

    Args:
        files: Folder or zip.
        path: The file in it.
        names: Variables to read, numbers or cells of numbers.

    Returns:
        Name -> array with MATLAB's order of axes, those of length one left
        out; or a list of such arrays.

    Raises:
        ValueError: If it is no such file, cut short, or lacks a variable.
    """
    data = files.read(path)
    if not data.startswith(_SIGNATURE):
        content = read_mat(files, path, *names)
        return {name: _listed(content[name]) for name in names}
    h5py = import_optional('h5py', 'pip install mmarts[datasets]')
    try:
        with h5py.File(io.BytesIO(data), 'r') as file:
            missing = [name for name in names if name not in file]
            if missing:
                raise ValueError(f'{path} lacks {missing}; it has '
                                 f'{sorted(file)}')
            return {name: _read(file, file[name]) for name in names}
    except (OSError, RuntimeError, KeyError, AttributeError) as error:
        raise ValueError(f'{path} is no complete MATLAB file ({error}); '
                         'download it again') from None


def _read(file, data) -> Union[np.ndarray, list]:
    """HDF5 has MATLAB's axes backwards, and references for cells."""
    array = data[()].T
    if array.dtype != object:
        return array.squeeze()
    return [file[reference][()].T.squeeze() for reference in array.ravel()]


def _listed(value: np.ndarray) -> Union[np.ndarray, list]:
    value = np.asarray(value)
    return list(value.ravel()) if value.dtype == object else value
