# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The kit's body as a file that mmarts reads."""
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np
from parity import fixture

# The body is the same for weights and inputs of any seed.
BODY_SEED = 0


@lru_cache
def fixture_arrays() -> dict:
    """The kit's body; COCO's joints with pelvis and neck."""
    arrays = fixture.body(BODY_SEED)
    coco = arrays['J_regressor_coco']
    middles = [
        coco[pair].mean(0, keepdims=True) for pair in ([11, 12], [5, 6])
    ]
    return dict(
        arrays,
        name=np.array('fixture'),
        J_regressor_coco=np.concatenate([coco, *middles]))


@lru_cache
def _folder() -> tempfile.TemporaryDirectory:
    """Deleted when Python ends."""
    return tempfile.TemporaryDirectory(prefix='mmarts_parity_')


@lru_cache
def fixture_body_config() -> dict:
    """Config of a body model of these arrays."""
    path = Path(_folder().name) / 'fixture.npz'
    np.savez(path, **fixture_arrays())
    return dict(type='SMPL', model_path=str(path))
