# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Reads SMPL-format files: ``.npz`` and official ``.pkl``, without chumpy."""
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Union

import numpy as np

from mmarts.compat.safe_pickle import load_arrays, load_npz_arrays
from mmarts.structures import get_joint_set
from .model_paths import find_array_file

# Where each regressor of a joint set may lie in the file itself (the free
# body's does; official files hold none).
_FILE_REGRESSORS = {
    'h36m17': 'J_regressor_h36m',
    'coco19': 'J_regressor_coco',
    'lsp14': 'J_regressor_lsp',
}
# The 30 joints of SPIN-49's sources that lie on the mesh: 21 vertices, 9 rows.
SPIN_SURFACE = 'spin_surface30'
SPIN_EXTRA = 'extra9'
_REQUIRED = ('v_template', 'f', 'shapedirs', 'posedirs', 'J_regressor',
             'weights', 'kintree_table')
# The 21 vertices on SMPL's own mesh: nose, eyes, ears, feet, finger tips, in
# the order of smplx's vertex joints.
SMPL_VERTEX_PICKS = (332, 6260, 2800, 4071, 583, 3216, 3226, 3387, 6617, 6624,
                     6787, 2746, 2319, 2445, 2556, 2673, 6191, 5782, 5905,
                     6016, 6133)


@dataclass
class SMPLData:
    """Arrays of an SMPL-format body; float64 or float32, metres."""

    name: str
    v_template: np.ndarray
    faces: np.ndarray
    shapedirs: np.ndarray
    posedirs: np.ndarray
    j_regressor: np.ndarray
    weights: np.ndarray
    parents: tuple[int, ...]
    regressors: dict[str, np.ndarray]


def read_smpl_file(path: Union[str, Path],
                   extra_regressors: dict,
                   num_betas: Optional[int],
                   dtype: str,
                   num_joints: int = 24) -> SMPLData:
    """Read a body and the regressors that come with it.

    Args:
        path: ``.npz``, or a pickle in the official layout (read by a
            restricted unpickler: nothing in it is executed).
        extra_regressors: Joint set name -> ``.npy`` file, ``(K, V)``; the
            key ``'extra9'`` is SPIN's ``J_regressor_extra``.
        num_betas: Shape coefficients to keep; all when None.
        dtype: Of the arrays returned.
        num_joints: Joints that the body must have.

    Raises:
        FileNotFoundError: If a regressor is not there.
        ValueError: If a key is missing or a size is wrong.
    """
    arrays = _load(path)
    missing = [k for k in _REQUIRED if k not in arrays]
    if missing:
        raise ValueError(f'{path} is no SMPL-format body: it lacks {missing}.')
    arrays.update({k: np.asarray(arrays[k]) for k in _REQUIRED})
    _check_shapes(path, arrays)
    joints = arrays['kintree_table'].shape[1]
    if joints != num_joints:
        raise ValueError(f'{path} is a body of {joints} joints, but one of '
                         f'{num_joints} was asked for; SMPL has 24, SMPLH 52, '
                         'SMPLX 55, MANO 16.')
    shapedirs = arrays['shapedirs']
    if shapedirs.shape[-1] < (num_betas or 0):
        raise ValueError(f'{path} has {shapedirs.shape[-1]} shape '
                         f'coefficients, but num_betas={num_betas}.')
    data = SMPLData(
        name=str(arrays['name']) if 'name' in arrays else '',
        v_template=arrays['v_template'].astype(dtype),
        faces=arrays['f'].astype(np.int64),
        shapedirs=shapedirs[..., :num_betas].astype(dtype),
        posedirs=arrays['posedirs'].astype(dtype),
        j_regressor=arrays['J_regressor'].astype(dtype),
        weights=arrays['weights'].astype(dtype),
        parents=_parents(arrays['kintree_table']),
        regressors={})
    data.regressors.update(_regressors(data, arrays, extra_regressors))
    return data


def read_regressor(joint_set: str, path: Union[str, Path],
                   num_vertices: int) -> np.ndarray:
    """Joint regressor ``(K, V)`` from a ``.npy`` file.

    Args:
        joint_set: Name of the set that its rows make, or ``'extra9'``.
        path: Found as :mod:`model_paths` says.
        num_vertices: ``V`` of the body.

    Raises:
        FileNotFoundError: Saying where the file was looked for.
        KeyError: If there is no such joint set.
        ValueError: If the file holds no array of that shape.
    """
    count = 9 if joint_set == SPIN_EXTRA else len(get_joint_set(joint_set))
    path = find_array_file(path)
    try:
        matrix = np.load(path, allow_pickle=False)
    except (ValueError, EOFError):
        raise ValueError(f'{path} is no .npy file of numbers.') from None
    if np.shape(matrix) != (count, num_vertices):
        raise ValueError(f'{path} should be ({count}, {num_vertices}) for '
                         f'{joint_set}, but is {np.shape(matrix)}.')
    return matrix


def _load(path: Union[str, Path]) -> dict:
    if Path(path).suffix == '.npz':
        return load_npz_arrays(path)
    return load_arrays(path)


def _check_shapes(path: Union[str, Path], arrays: dict) -> None:
    """Sizes that must fit together, before anything is made of them."""
    vertices = len(np.atleast_1d(arrays['v_template']))
    joints = np.atleast_2d(arrays['kintree_table']).shape[1]
    expected = dict(
        v_template=(vertices, 3),
        f=(*arrays['f'].shape[:1], 3),
        shapedirs=(vertices, 3, *arrays['shapedirs'].shape[-1:]),
        posedirs=(vertices, 3, 9 * (joints - 1)),
        J_regressor=(joints, vertices),
        weights=(vertices, joints),
        kintree_table=(2, joints))
    for key, shape in expected.items():
        if arrays[key].shape != shape:
            raise ValueError(f'{path} is no SMPL-format body: {key} should be '
                             f'{shape}, but is {arrays[key].shape}.')


def _parents(kintree_table) -> tuple[int, ...]:
    parents = np.asarray(kintree_table)[0].astype(np.int64)
    return tuple(-1 if i == 0 else int(p) for i, p in enumerate(parents))


def _regressors(data: SMPLData, arrays: dict, extra: dict) -> dict:
    found = {
        name: np.asarray(arrays[key]).astype(data.v_template.dtype)
        for name, key in _FILE_REGRESSORS.items() if key in arrays
    }
    nine = arrays.get('J_regressor_extra')
    for name, path in extra.items():
        matrix = read_regressor(name, path, len(data.v_template))
        if name == SPIN_EXTRA:
            nine = matrix
        else:
            found[name] = matrix.astype(data.v_template.dtype)
    if nine is not None:
        nine = np.asarray(nine).astype(data.v_template.dtype)
        picks = arrays.get('vertex_picks', SMPL_VERTEX_PICKS)
        picked = np.zeros((len(picks), len(data.v_template)), nine.dtype)
        picked[np.arange(len(picks)), picks] = 1
        found[SPIN_SURFACE] = np.concatenate([picked, nine])
    return found
