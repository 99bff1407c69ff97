# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""PointHMR's released network with the weights of the kit's rule."""
import json
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from parity import fixture
from parity.fixture_body import fixture_arrays
from scipy.sparse import csr_matrix

from mmarts.models.decoders.released_names import convert_names
from mmarts.registry import MODELS

ROOT = Path(__file__).parents[2]
VERTICES = 6890
# What the conditioned reference multiplies; heatmaps are nearly one-hot
# without.
_CONDITIONED = {
    'heatmap_layer.2.weight': 250,
    'feature_extract_layer.2.weight': 500,
    'grid_layer.1.weight': 300,
}


@lru_cache
def _folder() -> tempfile.TemporaryDirectory:
    """Deleted when Python ends."""
    return tempfile.TemporaryDirectory(prefix='mmarts_parity_')


@lru_cache
def data_files(kit: Path) -> dict[str, str]:
    """The kit's body and the release's matrices as files of their formats."""
    folder = Path(_folder().name) / str(abs(hash(kit)))
    folder.mkdir()
    with np.load(kit / 'constants.npz') as file:
        stored = dict(file)
    regressor = np.zeros((17, VERTICES))
    regressor[stored['J17_row'], stored['J17_col']] = stored['J17_value']
    np.savez(folder / 'body.npz',
             **dict(fixture_arrays(), J_regressor_h36m=regressor))
    up = [_matrix(stored['U0_index'], stored['U0_weight'], 1723)]
    up.append(_matrix(stored['U1_index'], stored['U1_weight'], 431))
    down = [_matrix(stored['D0_index'][:, None], None, VERTICES)]
    down.append(_matrix(stored['D1_index'][:, None], None, 1723))
    pairs = stored['adj431_index'].astype(int)
    # Of the finer meshes the kit has no neighbours, and nothing asks.
    near = [csr_matrix((size, size)) for size in (VERTICES, 1723)]
    near.append(csr_matrix((np.ones(len(pairs[0])), pairs), (431, 431)))
    np.savez(
        folder / 'mesh_downsampling.npz', **{
            k: _objects(v)
            for k, v in (('A', near), ('U', up), ('D', down))
        })
    return dict(
        body=str(folder / 'body.npz'),
        hierarchy=str(folder / 'mesh_downsampling.npz'))


def _matrix(index, weight, columns: int) -> csr_matrix:
    weight = np.ones(index.shape) if weight is None else weight
    rows = np.repeat(np.arange(len(index)), index.shape[1])
    return csr_matrix(
        (weight.astype(float).ravel(), (rows, index.astype(int).ravel())),
        (len(index), columns))


def _objects(matrices: list) -> np.ndarray:
    array = np.empty(len(matrices), object)
    array[:] = matrices
    return array


def build(kit: Path, dtype: torch.dtype, **options):
    """The release's config on the kit's body.

    Args:
        kit: Folder of the method.
        dtype: Of the network.
        options: Changes of ``model``.
    """
    init_default_scope('mmarts')
    files = data_files(kit)
    config = Config.fromfile(ROOT / 'configs/pointhmr/pointhmr_release.py')
    config.model.body_model = dict(type='SMPL', model_path=files['body'])
    config.model.hierarchy.path = files['hierarchy']
    config.model.backbone.init_cfg = None
    config.merge_from_dict({f'model.{k}': v for k, v in options.items()})
    return MODELS.build(config.model).eval().to(dtype)


def released_weights(kit: Path, seed: int, conditioned: bool = True) -> dict:
    """A state dict of the release, by the kit's rule."""
    shapes = json.loads((kit / 'state_dict.json').read_text())
    weights = {
        key: torch.as_tensor(fixture.fill(key, shape, seed))
        for key, shape in shapes.items()
    }
    for key, divisor in _CONDITIONED.items() if conditioned else ():
        weights[key] = weights[key] * np.float32(1 / divisor)
    return weights


def load(model, weights: dict) -> None:
    """Put a state dict of the release into our network."""
    model.load_state_dict(convert_names(weights)[0])
