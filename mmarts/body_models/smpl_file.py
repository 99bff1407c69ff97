# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Reads SMPL-format files: ``.npz`` and official ``.pkl``, without chumpy."""
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmarts.compat.safe_pickle import load_arrays
from mmarts.structures import get_joint_set

# Where each regressor of a joint set may lie in the file itself (the free
# body's does; official files hold none).
_FILE_REGRESSORS = {
    'h36m17': 'J_regressor_h36m',
    'coco19': 'J_regressor_coco',
    'lsp14': 'J_regressor_lsp',
}
# The 30 joints of SPIN-49's sources that lie on the mesh: 21 vertices, 9 rows.
SPIN_SURFACE = 'spin_surface30'
_REQUIRED = ('v_template', 'f', 'shapedirs', 'posedirs', 'J_regressor',
             'weights', 'kintree_table')
# H36M-17 without Pelvis, Torso and Nose; COCO-19 without Pelvis and Neck.
_SUBSETS = {'h36m14': 'h36m17', 'coco17': 'coco19'}
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


def read_smpl_file(path: str, extra_regressors: dict, num_betas: int,
                   dtype: str) -> SMPLData:
    """Read a body and the regressors that come with it.

    Args:
        path: ``.npz``, or a pickle in the official layout (read by a
            restricted unpickler: nothing in it is executed).
        extra_regressors: Joint set name -> ``.npy`` file, ``(K, V)``; the
            key ``'extra9'`` is SPIN's ``J_regressor_extra``.
        num_betas: Shape coefficients to keep.
        dtype: Of the arrays returned.

    Raises:
        FileNotFoundError: If the file is not there; says where to get it.
        ValueError: If a key is missing or a size is wrong.
    """
    arrays = _load(path)
    missing = [k for k in _REQUIRED if k not in arrays]
    if missing:
        raise ValueError(f'{path} is no SMPL-format body: it lacks {missing}.')
    shapedirs = np.asarray(arrays['shapedirs'])
    if shapedirs.shape[-1] < num_betas:
        raise ValueError(f'{path} has {shapedirs.shape[-1]} shape '
                         f'coefficients, but num_betas={num_betas}.')
    template = np.asarray(arrays['v_template']).astype(dtype)
    data = SMPLData(
        name=str(arrays['name']) if 'name' in arrays else '',
        v_template=template,
        faces=np.asarray(arrays['f']).astype(np.int64),
        shapedirs=shapedirs[..., :num_betas].astype(dtype),
        posedirs=np.asarray(arrays['posedirs']).astype(dtype),
        j_regressor=_dense(arrays['J_regressor']).astype(dtype),
        weights=np.asarray(arrays['weights']).astype(dtype),
        parents=_parents(arrays['kintree_table']),
        regressors={})
    data.regressors.update(_regressors(data, arrays, extra_regressors))
    return data


def _load(path: str) -> dict:
    if not Path(path).is_file():
        raise FileNotFoundError(
            f'There is no body model file "{path}". SMPL files are free for '
            'research after registration at https://smpl.is.tue.mpg.de; '
            'docs/body_models.md says which file goes where. '
            "body_model=dict(type='FreeBody') needs no file.")
    if Path(path).suffix == '.npz':
        with np.load(path, allow_pickle=False) as file:
            return dict(file)
    return load_arrays(path)


def _dense(matrix) -> np.ndarray:
    return np.asarray(
        matrix.toarray() if hasattr(matrix, 'toarray') else matrix)


def _parents(kintree_table) -> tuple[int, ...]:
    parents = np.asarray(kintree_table)[0].astype(np.int64)
    return tuple(-1 if i == 0 else int(p) for i, p in enumerate(parents))


def _regressors(data: SMPLData, arrays: dict, extra: dict) -> dict:
    found = {
        name: np.asarray(arrays[key]).astype(data.v_template.dtype)
        for name, key in _FILE_REGRESSORS.items() if key in arrays
    }
    nine = arrays.get('J_regressor_extra')
    if nine is not None:
        nine = np.asarray(nine).astype(data.v_template.dtype)
    for name, path in extra.items():
        matrix = np.load(
            path, allow_pickle=False).astype(data.v_template.dtype)
        if matrix.shape[-1] != len(data.v_template):
            raise ValueError(
                f'{path} should be (K, {len(data.v_template)}), but is '
                f'{matrix.shape}.')
        if name == 'extra9':
            nine = matrix
        else:
            found[name] = matrix
    found.update({
        name:
        found[whole][get_joint_set(whole).index(*get_joint_set(name).joints)]
        for name, whole in _SUBSETS.items() if whole in found
    })
    if nine is not None:
        picks = arrays.get('vertex_picks', SMPL_VERTEX_PICKS)
        picked = np.zeros((len(picks), len(data.v_template)), nine.dtype)
        picked[np.arange(len(picks)), picks] = 1
        found[SPIN_SURFACE] = np.concatenate([picked, nine])
    return found
