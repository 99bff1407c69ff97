# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Reads ``smpl_mean_params.npz``: where HMR and its heirs start from."""
from dataclasses import dataclass
from pathlib import Path
from typing import Union

import numpy as np
import torch
from torch import Tensor

from mmarts.compat.safe_pickle import load_npz_arrays
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
    arrays = load_npz_arrays(path)
    for key, shape in _SHAPES.items():
        found = np.shape(arrays[key]) if key in arrays else 'not there'
        if found != shape:
            raise ValueError(f'{path} holds no mean parameters: {key} should '
                             f'be {shape}, but is {found}.')
    pose, betas, cam = (
        torch.as_tensor(arrays[key], dtype=torch.float32) for key in _SHAPES)
    rotmats = rot6d_to_rotmat(pose.view(24, 6))
    return MeanParams(rotmat_to_rot6d(rotmats), betas, cam)
