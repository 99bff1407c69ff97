# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""MoSh's fits (Loper et al., SIGGRAPH Asia 2014) in HMR's arrays."""
import io
from pathlib import PurePosixPath
from typing import Any, Iterator

import numpy as np

from mmarts.compat.optional import import_optional
from mmarts.registry import CONVERTERS
from ..dataset_converter import DatasetConverter, Part
from ..record_log import RecordLog
from ..source_files import SourceFiles
from .track import chunks, expect_shape, finite_rows, track_names

_NAMES = 'pose', 'shape'
_HDF5 = '.h5', '.hdf5'
# A turn further than that is no rotation vector of a fit.
_MAX_ANGLE = 2 * np.pi + 1e-3


@CONVERTERS.register_module(name='mosh')
class MoSh(DatasetConverter):
    """Poses and shapes of real people, for priors and discriminators.

    Files hold ``pose`` ``(N, 72)`` and ``shape`` ``(N, 10)``; all go to
    ``train.mmarts`` as ``global_orient``, ``body_pose`` and ``betas``. There
    are no keypoints and no order in time: rows are numbered, not frames.

    Args:
        fps: Not used: there are no frames.
    """

    title = 'MoSh'

    def __init__(self, fps: float = 0) -> None:
        if fps:
            raise ValueError('MoSh files hold poses without an order in time; '
                             'leave --fps out.')

    def parts(self, files: SourceFiles) -> list[Part]:
        """A file each."""
        parts = [
            Part('train', path, (path, )) for path in files
            if path.endswith(('.npz', *_HDF5))
        ]
        if not parts:
            raise ValueError(f'"{files.root}" has no *.npz and no *.h5 of '
                             f'MoSh; it has {files.summary()}.')
        return parts

    def values(self) -> dict[str, Any]:
        """SMPL's own joints; no rate."""
        return dict(fps=1., joint_set='smpl24', body_model_id='')

    def read(self, part: Part, files: SourceFiles,
             log: RecordLog) -> Iterator[dict[str, np.ndarray]]:
        """Rows of one file."""
        arrays = _read(files.read(part.paths[0]), part.paths[0])
        pose = expect_shape('pose', arrays['pose'], (None, 72))
        shape = expect_shape('shape', arrays['shape'], (len(pose), None))
        if shape.shape[1] < 10:
            raise ValueError(f'shape should hold 10 numbers a row, but holds '
                             f'{shape.shape[1]}')
        rows = np.arange(len(pose))
        good = finite_rows(dict(pose=pose, shape=shape), rows, 'rows', log)
        angles = np.linalg.norm(pose.reshape(-1, 24, 3), axis=-1).max(1)
        for row in rows[good & ~(angles <= _MAX_ANGLE)]:
            log.bad(f'row {row}',
                    f'a joint turns by {angles[row]:.3g} radians')
        good &= angles <= _MAX_ANGLE
        pose = pose[good].reshape(-1, 24, 3)
        name = str(PurePosixPath(part.name).with_suffix(''))
        yield from chunks(
            dict(
                track_names(name, '0', len(pose)),
                frame_index=rows[good],
                global_orient=pose[:, :1],
                body_pose=pose[:, 1:],
                betas=shape[good, :10]))


def _read(data: bytes, path: str) -> dict[str, np.ndarray]:
    try:
        if path.endswith(_HDF5):
            h5py = import_optional('h5py', 'pip install mmarts[datasets]')
            with h5py.File(io.BytesIO(data), 'r') as file:
                arrays = {k: file[k][()] for k in _NAMES if k in file}
        else:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                arrays = {k: file[k] for k in _NAMES if k in file}
    except ImportError:
        raise
    except Exception as error:  # of many kinds when bytes are missing
        raise ValueError(f'is no complete file of plain arrays ({error}); '
                         'download it again') from None
    missing = [k for k in _NAMES if k not in arrays]
    if missing:
        raise ValueError(f'lacks {missing}')
    return arrays
