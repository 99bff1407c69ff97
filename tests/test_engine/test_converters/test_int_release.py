# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The release's names, and a file through the converter."""
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from toy_body import toy_arrays

from mmarts.compat.safe_load import load_checkpoint
from mmarts.engine.checkpoint_converter import convert_checkpoint
from mmarts.engine.converters import INTReleaseConverter
from mmarts.models.tokens.released_names import convert_names

KIT = Path(__file__).parents[2] / 'data' / 'parity' / 'int'
SHAPES = json.loads((KIT / 'state_dict.json').read_text())


def release(frames=16):
    shapes = {k: s for k, s in SHAPES.items() if not k.startswith('smpl.')}
    shapes['temporal_pos_embedding'] = [1, frames, 768]
    return {k: torch.zeros(s) for k, s in shapes.items()}


def test_every_key_is_used_or_left_out_for_a_reason():
    weights = {k: torch.zeros(s) for k, s in SHAPES.items()}
    state, dropped = convert_names(weights)
    left_out = [k for names in dropped.values() for k in names]
    assert all(k.startswith('smpl.') for k in left_out)
    kept = sum(v.numel() for k, v in weights.items() if k not in left_out)
    assert kept == sum(v.numel() for v in state.values()) == 76_673_363


@pytest.mark.robustness
def test_a_key_of_no_release_is_an_error():
    with pytest.raises(ValueError, match='"extra" is no weight'):
        convert_names(dict(extra=torch.zeros(1)))
    with pytest.raises(ValueError, match='joint3d_tokens'):
        INTReleaseConverter().config(dict(x=torch.zeros(1)))


@pytest.mark.parametrize('frames', [16, 64])
def test_the_length_follows_the_weights(frames):
    model = INTReleaseConverter().config(release(frames)).model
    assert model.temporal.num_frames == frames


def test_variants_follow_the_weights():
    weights = {k: v for k, v in release().items() if 'temporal_' not in k}
    assert INTReleaseConverter().config(weights).model.temporal is None
    weights['blocks.0.attn.ts_attn.weight'] = torch.zeros(1)
    config = INTReleaseConverter().config(weights)
    assert config.model.tokens.type == 'SpaceTimeTokenViT'


def test_a_file_becomes_a_checkpoint(tmp_path):
    body = tmp_path / 'toy.npz'
    np.savez(body, **toy_arrays())
    weights = release(64)
    weights['blocks.3.attn.qkv.bias'] = torch.arange(2304.)
    torch.save(dict(state_dict=weights), tmp_path / 'in.pth')
    options = {
        'model.body_model.model_path': str(body),
        'model.body_model.regressors': None
    }
    convert_checkpoint(tmp_path / 'in.pth', tmp_path / 'out.pth',
                       'int-release', options)
    loaded = load_checkpoint(str(tmp_path / 'out.pth'))
    assert loaded['meta']['mmarts']['model']['temporal']['num_frames'] == 64
    key_value = loaded['state_dict'][
        'tokens.blocks.3.attention.key_value.bias']
    assert torch.equal(key_value, torch.arange(768., 2304.))
