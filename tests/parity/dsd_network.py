# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The release's networks of DSD-SATN, with weights by the kit's rule."""
import json
import re
from pathlib import Path

import torch
from mmengine.config import Config
from parity import fixture
from torch import nn

from mmarts.registry import MODELS

CONFIG = (
    Path(__file__).parents[2] / 'configs' / '_base_' / 'models' /
    'dsd_release.py')
# How ours begin -> how the release's do.
_SINGLE = (('backbone.', ''), ('heatmap_head.', ''), ('head.detail', 'fc1'),
           ('head.join', 'bilinear'), ('parameter_head.linear', 'fc'))
_SATN = (('satn.tcn.expand.0', 'convs2s.expand_conv'),
         ('satn.tcn.expand.1', 'convs2s.expand_bn'), ('satn.tcn.residual.',
                                                      'convs2s.layers_conv.'),
         ('head.linear', 'convs2s.shrink'), ('order', 'tgt_word_prj'),
         ('satn.encoder.blocks.', 'encoder.layer_stack.'))
_BLOCK = (('attention.project', 'slf_attn.fc'),
          ('norm1', 'slf_attn.layer_norm'), ('mlp.0', 'pos_ffn.w_1'),
          ('mlp.2', 'pos_ffn.w_2'), ('norm2', 'pos_ffn.layer_norm'))
_DISCRIMINATOR = (
    ('embed.0', 'pose_discriminator.conv_blocks.conv_0'),
    ('embed.2', 'pose_discriminator.conv_blocks.conv_1'),
    ('joints.', 'pose_discriminator.fc_layer.'),
    *((f'pose.{2 * i}', f'full_pose_discriminator.fc_blocks.regressor_fc_{i}')
      for i in range(3)),
    *((f'shape.{2 * i}', f'shape_discriminator.fc_blocks.regressor_fc_{i}')
      for i in range(2)))


def single(kit: Path, seed: int) -> nn.Module:
    """The frame network."""
    model = MODELS.build(Config.fromfile(CONFIG).single)
    return _filled(model, kit, 'single', _SINGLE, seed)


def satn(kit: Path, seed: int) -> nn.ModuleDict:
    """``satn``, ``head`` and ``order``."""
    cfg = Config.fromfile(CONFIG)
    parts = dict(satn=cfg.satn, head=cfg.satn_head, order=cfg.order_head)
    model = nn.ModuleDict({k: MODELS.build(v) for k, v in parts.items()})
    return _filled(model, kit, 'satn', _SATN, seed)


def discriminator(kit: Path, seed: int) -> nn.Module:
    """The discriminator."""
    model = MODELS.build(Config.fromfile(CONFIG).discriminator)
    return _filled(model, kit, 'discriminator', _DISCRIMINATOR, seed)


def _filled(model: nn.Module, kit: Path, section: str, names: tuple,
            seed: int) -> nn.Module:
    shapes = json.loads((kit / 'state_dict.json').read_text())[section]
    unused = set(json.loads((kit / 'not_filled.json').read_text())[section])
    weights = {
        key: torch.as_tensor(fixture.fill(key, shape, seed))
        for key, shape in shapes.items() if key not in unused
    }
    state = {}
    for key, own in model.state_dict().items():
        theirs = _released(key, names)
        parts = [torch.atleast_1d(weights.pop(n)) for n in theirs]
        state[key] = torch.cat(parts).reshape(own.shape)
    assert not weights, f'not used: {sorted(weights)}'
    model.load_state_dict(state)
    return model.eval()


def _released(key: str, names: tuple) -> list[str]:
    """Names in the release of one of our weights."""
    if 'query_key_value' in key:
        block, leaf = key.split('.')[3], key.rpartition('.')[2]
        return [
            f'encoder.layer_stack.{block}.slf_attn.w_{part}s.{leaf}'
            for part in 'qkv'
        ]
    for ours, theirs in names:
        key = re.sub(f'^{re.escape(ours)}', theirs, key)
    # What is inside a transformer block.
    for ours, theirs in _BLOCK:
        key = re.sub(rf'(layer_stack\.\d\.){re.escape(ours)}',
                     rf'\g<1>{theirs}', key)
    return [key]
