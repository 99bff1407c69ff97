# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Arrays of numpy's own format, without pickles."""
import io

import numpy as np

from ..source_files import SourceFiles


def read_npy(files: SourceFiles, path: str) -> np.ndarray:
    """A ``.npy`` of numbers.

    Raises:
        ValueError: If it is no such file, cut short, or holds objects.
    """
    data = files.read(path)
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise ValueError(f'{path} is no complete .npy of numbers '
                         f'({error})') from None
    if not isinstance(array, np.ndarray):  # a .npz
        raise ValueError(f'{path} is no .npy of numbers')
    return array
