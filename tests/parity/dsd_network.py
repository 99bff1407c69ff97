# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The release's networks of DSD-SATN, with weights by the kit's rule."""
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
from torch import nn

from mmarts.engine.converters.dsd_names import convert_names
from mmarts.models.discriminators import PoseShapeDiscriminator
from mmarts.registry import MODELS

CONFIGS = Path(__file__).parents[2] / 'configs' / 'dsd_satn'
_CONFIG_OF = dict(single='dsd_release', satn='satn_release')
# The release's 25 joints are 17 of Human3.6M and 8 more; its 14 are these.
_LSP = [24, 1, 2, 3, 4, 23, 6, 7, 8, 9, 10, 11, 12, 13]


@lru_cache
def _folder() -> tempfile.TemporaryDirectory:
    """Deleted when Python ends."""
    return tempfile.TemporaryDirectory(prefix='mmarts_parity_')


@lru_cache
def body_config() -> dict:
    """The kit's body with the release's 14 joints."""
    arrays = fixture_arrays()
    rows = np.concatenate(
        [arrays['J_regressor_h36m'], arrays['J_regressor_extra'][:8]])
    path = Path(_folder().name) / 'fixture.npz'
    np.savez(path, **dict(arrays, J_regressor_lsp=rows[_LSP]))
    return dict(type='SMPL', model_path=str(path))


def released_weights(kit: Path, network: str, seed: int) -> dict:
    """State dict of the release; constants and the body left out."""
    shapes = json.loads((kit / 'state_dict.json').read_text())[network]
    unused = set(json.loads((kit / 'not_filled.json').read_text())[network])
    return {
        key: torch.as_tensor(fixture.fill(key, shape, seed))
        for key, shape in shapes.items() if key not in unused
    }


def build(kit: Path, network: str, seed: int, dtype: torch.dtype) -> nn.Module:
    """``DSD`` or ``SATN`` with the release's weights."""
    init_default_scope('mmarts')
    cfg = Config.fromfile(CONFIGS / f'{_CONFIG_OF[network]}.py').model
    cfg.body_model = body_config()
    model = MODELS.build(cfg)
    weights = released_weights(kit, network, seed)
    model.load_state_dict(convert_names(weights, network)[0])
    return model.eval().to(dtype)


def discriminator(kit: Path, seed: int, dtype: torch.dtype) -> nn.Module:
    """The discriminator."""
    model = PoseShapeDiscriminator(activation=False)
    state, _ = convert_names(
        released_weights(kit, 'discriminator', seed), 'discriminator')
    prefix = 'discriminator.'
    state = {
        key.removeprefix(prefix):
        value.reshape(model.state_dict()[key.removeprefix(prefix)].shape)
        for key, value in state.items()
    }
    model.load_state_dict(state)
    return model.eval().to(dtype)
