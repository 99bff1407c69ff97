# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""MATLAB files up to version 7."""
import io

from scipy.io import loadmat

from ..source_files import SourceFiles


def read_mat(files: SourceFiles, path: str, *names: str) -> dict:
    """Variables of a ``.mat`` file; axes of length one are left out.

    Args:
        files: Folder or zip.
        path: The file in it.
        names: Variables that it should have.

    Returns:
        Arrays, numbers and texts; a struct is an object with attributes.

    Raises:
        ValueError: If it is no such file, cut short, or lacks a variable.
    """
    data = files.read(path)
    try:
        content = loadmat(
            io.BytesIO(data), squeeze_me=True, struct_as_record=False)
    except NotImplementedError:
        raise ValueError(f'{path} is of MATLAB 7.3; the release of this '
                         'dataset is older: download it again') from None
    except Exception as error:  # of many kinds when bytes are missing
        raise ValueError(f'{path} is no complete MATLAB file ({error}); '
                         'download it again') from None
    missing = [name for name in names if name not in content]
    if missing:
        there = [name for name in content if not name.startswith('__')]
        raise ValueError(f'{path} lacks {missing}; it has {there}')
    return content
