# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The network of the project's configs, and weights by the kit's rule."""
import json
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from parity import fixture
from parity.fixture_body import fixture_arrays, fixture_body_config

from mmarts.registry import MODELS
from projects.arts_release.weights import alternating_masks

CONFIGS = Path(__file__).parents[2] / 'projects' / 'arts_release' / 'configs'
CONFIG_OF = dict(coco='arts-release_3dpw.py', human36='arts-release_h36m.py')
MIDDLE = 8
EVERY = 10  # vertices that are stored
METRES_TO_MM = 1000


def build(name: str):
    """The network of a set's config, on the kit's body."""
    init_default_scope('mmarts')
    model = Config.fromfile(CONFIGS / CONFIG_OF[name]).model
    return MODELS.build(
        dict(model, body_model=fixture_body_config(),
             output_frames='all')).eval()


def released_weights(kit: Path, section: str, seed: int) -> dict:
    """A state dict of the release: by the kit's rule, or its constants."""
    shapes = json.loads((kit / 'state_dict.json').read_text())[section]
    constant = set(json.loads((kit / 'not_filled.json').read_text()))
    return {
        key:
        _constant(key, shape) if key in constant else torch.as_tensor(
            fixture.fill(key, shape, seed))
        for key, shape in shapes.items()
    }


def _constant(key: str, shape: list) -> torch.Tensor:
    if key.endswith(('jts_masks', '.mask')):
        return alternating_masks(*shape)
    if key.endswith('init_cam'):
        return torch.tensor([[0.9, 0., 0.]])
    if key.endswith('init_vertices'):
        template = fixture_arrays()['v_template']
        return torch.as_tensor(template[::4][::4]).float()
    return torch.zeros(shape)
