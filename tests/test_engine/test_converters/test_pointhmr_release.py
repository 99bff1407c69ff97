# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The release's names."""
import json
from pathlib import Path

import pytest
import torch

from mmarts.engine.converters import PointHMRReleaseConverter
from mmarts.models.decoders.released_names import convert_names, own_names
from mmarts.registry import CHECKPOINT_CONVERTERS

KIT = Path(__file__).parents[2] / 'data' / 'parity' / 'pointhmr'
SHAPES = json.loads((KIT / 'state_dict.json').read_text())
# Parameters of the release, of its tables that are not read, and buffers.
READ = 59_086_504 - 221_184


def test_every_key_is_used_or_left_out_for_a_reason():
    weights = {k: torch.zeros(s) for k, s in SHAPES.items()}
    state, dropped = convert_names(weights)
    assert sum(map(len, dropped.values())) == 2
    buffers = ('running_mean', 'running_var', 'num_batches_tracked')
    read = sum(v.numel() for k, v in state.items() if not k.endswith(buffers))
    assert read == READ


def test_queries_and_keys_are_told_apart():
    key = 'transformer.transformer_3.layers.1.self_attn.in_proj_bias'
    state, _ = convert_names({key: torch.arange(6.)})
    block = 'transformer.encoders.2.blocks.1.attention'
    assert state[f'{block}.query.bias'].tolist() == [0, 1]
    assert state[f'{block}.key_value.bias'].tolist() == [2, 3, 4, 5]


def test_the_config_is_the_releases_without_a_file_for_the_backbone():
    assert 'pointhmr-release' in CHECKPOINT_CONVERTERS
    mark = {'feature_extract_layer.0.conv1.weight': torch.zeros(1)}
    model = PointHMRReleaseConverter().config(mark).model
    assert model.backbone.init_cfg is None and model.sampler.sine_position


@pytest.mark.robustness
@pytest.mark.parametrize('key', [
    'extra', 'transformer.other.weight',
    'transformer.transformer_1.layers.0.norm9.weight'
])
def test_a_key_of_no_release_is_an_error(key):
    with pytest.raises(ValueError, match="PointHMR's release"):
        own_names(key)
    with pytest.raises(ValueError, match='no weights of the release'):
        PointHMRReleaseConverter().config({key: torch.zeros(1)})
