# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The release's names, and files through the converter."""
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from toy_body import toy_arrays

from mmarts.compat.safe_load import load_checkpoint
from mmarts.engine.checkpoint_converter import convert_checkpoint
from mmarts.engine.converters import DSDReleaseConverter
from mmarts.engine.converters.dsd_names import convert_names

KIT = Path(__file__).parents[2] / 'data' / 'parity' / 'dsd'
SHAPES = json.loads((KIT / 'state_dict.json').read_text())
NOT_FILLED = json.loads((KIT / 'not_filled.json').read_text())


def release(network):
    return {
        k: torch.zeros(s)
        for k, s in SHAPES[network].items() if k not in NOT_FILLED[network]
    }


@pytest.mark.parametrize('network', SHAPES)
def test_every_key_is_used_or_left_out_for_a_reason(network):
    weights = {k: torch.zeros(s) for k, s in SHAPES[network].items()}
    state, dropped = convert_names(weights, network)
    left_out = [k for names in dropped.values() for k in names]
    assert sorted(left_out) == sorted(NOT_FILLED[network])
    kept = sum(v.numel() for k, v in weights.items() if k not in left_out)
    assert kept == sum(v.numel() for v in state.values())


@pytest.mark.robustness
def test_a_key_of_no_release_is_an_error():
    with pytest.raises(ValueError, match='"extra" is no weight'):
        convert_names(dict(extra=torch.zeros(1)), 'single')
    with pytest.raises(ValueError, match='bilinear.weight'):
        DSDReleaseConverter().config(dict(x=torch.zeros(1)))


def test_a_file_becomes_a_checkpoint(tmp_path):
    body = tmp_path / 'toy.npz'
    np.savez(body, **toy_arrays())
    weights = release('satn')
    weights['encoder.layer_stack.1.slf_attn.w_ks.bias'] = torch.arange(512.)
    torch.save(weights, tmp_path / 'in.pth')
    options = {
        'model.body_model.model_path': str(body),
        'model.body_model.regressors': None
    }
    convert_checkpoint(tmp_path / 'in.pth', tmp_path / 'out.pth',
                       'dsd-release', options)
    loaded = load_checkpoint(str(tmp_path / 'out.pth'))
    assert loaded['meta']['mmarts']['joint_set'] == 'lsp14'
    bias = loaded['state_dict'][
        'network.encoder.blocks.1.attention.query_key_value.bias']
    assert torch.equal(bias[512:1024], torch.arange(512.))
