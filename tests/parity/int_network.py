# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The release's network of INT, with the weights of the kit's rule."""
import json
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from parity import fixture
from parity.fixture_body import fixture_body_config

from mmarts.registry import MODELS

CONFIGS = Path(__file__).parents[2] / 'configs' / 'int_hmr'
DIM, DEPTH, JOINTS = 768, 6, 24
# A 6D pair is nearly parallel there; neither has a temporal model.
ILL_CONDITIONED = ('img_nt', 'parallel_v4')


def network_config(name: str = 'int_release', **changes) -> dict:
    """Config of a network of the release on the kit's body."""
    init_default_scope('mmarts')
    config = Config.fromfile(CONFIGS / f'{name}.py')
    config.merge_from_dict({f'model.{k}': v for k, v in changes.items()})
    config.model.body_model = fixture_body_config()
    return config.model


def build(case: str, dtype: torch.dtype = torch.float32):
    """The release's network as a case of the kit has it."""
    config = network_config()
    if case == 'img_h36m':
        config.joint_set = 'h36m17'
    if case in ILL_CONDITIONED:
        config.temporal = None
    if case == 'parallel_v4':
        config.tokens.type = 'SpaceTimeTokenViT'
    model = MODELS.build(config).eval().to(dtype)
    # The kit has patches behind the last block, too.
    model.tokens.updates_all = True
    return model


def released_weights(kit: Path, case: str, seed: int) -> dict:
    """A state dict of the release, by the kit's rule."""
    shapes = json.loads((kit / 'state_dict.json').read_text())
    if case in ILL_CONDITIONED:
        shapes = {k: v for k, v in shapes.items() if 'temporal_' not in k}
    if case == 'parallel_v4':
        for block in range(DEPTH):
            gate = f'blocks.{block}.attn.ts_attn.'
            shapes[gate + 'weight'] = (2 * DIM, 2 * DIM)
            shapes[gate + 'bias'] = (2 * DIM, )
        shapes['temp_embed'] = (1, 16, 1, DIM)
    return {
        key: torch.as_tensor(fixture.fill(key, shape, seed))
        for key, shape in shapes.items() if not key.startswith('smpl.')
    }
