# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Reads ``smpl_mean_params.npz``: where HMR and its heirs start from."""
from dataclasses import dataclass
from pathlib import Path
from typing import Union
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor

from mmarts.geometry.rotation import rot6d_to_rotmat, rotmat_to_rot6d
from .model_paths import find_array_file

_SHAPES = dict(pose=(144, ), shape=(10, ), cam=(3, ))


@dataclass
class MeanParams:
    """A mean person; float32.

    Args:
        rot6d: ``(24, 6)``, the first two *columns* of each rotation, row by
            row, as everywhere in mmarts; root first.
        betas: ``(10, )``.
        cam: ``(3, )``, weak perspective ``(s, tx, ty)`` of the crop:
            ``x_crop = s * (x + tx)``.
    """

    rot6d: Tensor
    betas: Tensor
    cam: Tensor

    @property
    def rotmats(self) -> Tensor:
        """``(24, 3, 3)`` parent-relative rotations, root first."""
        return rot6d_to_rotmat(self.rot6d)


def read_mean_params(
        path: Union[str, Path] = 'smpl_mean_params.npz') -> MeanParams:
    """Read the mean pose, shape and camera that SPIN (ICCV 2019) ships.

    ``pose`` ``(144,)`` is 24 times 6 numbers, each the first two columns of
    a rotation, row by row: SPIN's layout, and mmarts'. What is read is
    orthonormalised.

    Args:
        path: Found as :mod:`model_paths` says.

    Raises:
        FileNotFoundError: Saying where it was looked for.
        ValueError: If it holds something else.
    """
    path = find_array_file(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: np.asarray(file[key]) for key in _SHAPES}
    except (KeyError, ValueError, BadZipFile, EOFError, AttributeError):
        raise ValueError(f'{path} holds no mean parameters: expected arrays '
                         f'{list(_SHAPES)}.') from None
    for key, shape in _SHAPES.items():
        if arrays[key].shape != shape:
            raise ValueError(f'{path}: {key} should be {shape}, but is '
                             f'{arrays[key].shape}.')
    pose, betas, cam = (
        torch.as_tensor(arrays[key], dtype=torch.float32) for key in _SHAPES)
    rotmats = rot6d_to_rotmat(pose.view(24, 6))
    return MeanParams(rotmat_to_rot6d(rotmats), betas, cam)
