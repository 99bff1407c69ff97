# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Names of DSD-SATN's release (commit a23a7b6) in mmarts."""
import re

import torch
from torch import Tensor

# Network of the release -> how its names begin -> how ours do.
_RULES = dict(
    single=((r'^fc1\.', 'network.head.detail.'), (r'^bilinear\.',
                                                  'network.head.join.'),
            (r'^fc\.', 'network.parameter_head.linear.'),
            (r'^(deconv_layers|final_layer)\.', r'network.heatmap_head.\1.'),
            (r'^(conv1|bn1|layer\d)\.', r'network.backbone.\1.')),
    satn=((r'^convs2s\.expand_conv\.', 'network.tcn.expand.0.'),
          (r'^convs2s\.expand_bn\.', 'network.tcn.expand.1.'),
          (r'^convs2s\.layers_conv\.', 'network.tcn.residual.'),
          (r'^convs2s\.shrink\.', 'head.linear.'), (r'^tgt_word_prj\.',
                                                    'order_head.'),
          (r'^encoder\.layer_stack\.(\d)\.', r'network.encoder.blocks.\1.')),
    discriminator=((r'^pose_discriminator\.conv_blocks\.conv_0\.',
                    'discriminator.embed.0.'),
                   (r'^pose_discriminator\.conv_blocks\.conv_1\.',
                    'discriminator.embed.2.'),
                   (r'^pose_discriminator\.fc_layer\.',
                    'discriminator.joints.'),
                   *((rf'^{theirs}_discriminator\.fc_blocks\.'
                      rf'regressor_fc_{i}\.', f'discriminator.{ours}.{2 * i}.')
                     for theirs, ours, count in (('full_pose', 'pose', 3),
                                                 ('shape', 'shape', 2))
                     for i in range(count))))
# Inside a transformer block.
_BLOCK = ((r'\.slf_attn\.fc\.',
           '.attention.project.'), (r'\.slf_attn\.layer_norm\.', '.norm1.'),
          (r'\.pos_ffn\.w_1\.', '.mlp.0.'), (r'\.pos_ffn\.w_2\.', '.mlp.2.'),
          (r'\.pos_ffn\.layer_norm\.', '.norm2.'))
_QUERY = re.compile(r'^(.*)\.slf_attn\.w_qs\.(weight|bias)$')
_LEFT_OUT = ((re.compile(r'(^|\.)smpl\.'),
              'the body is no part of a checkpoint'),
             (re.compile(r'(^|\.)position_enc\.'),
              'position codes are computed'))


def convert_names(
        weights: dict[str, Tensor],
        network: str) -> tuple[dict[str, Tensor], dict[str, list[str]]]:
    """State dict of the release to that of :class:`DSD` or :class:`SATN`.

    Args:
        weights: Whole.
        network: ``'single'``, ``'satn'`` or ``'discriminator'``.

    Returns:
        The state dict, and why -> names of what is left out.

    Raises:
        ValueError: If a name is not known.
    """
    state, dropped = {}, {}
    for key, value in weights.items():
        reason = next((why for seen, why in _LEFT_OUT if seen.search(key)), '')
        query = _QUERY.match(key)
        if reason:
            dropped.setdefault(reason, []).append(key)
        elif query:
            block, leaf = query.groups()
            parts = [
                weights[f'{block}.slf_attn.w_{part}s.{leaf}'] for part in 'qkv'
            ]
            name = _renamed(f'{block}.', network)
            state[f'{name}attention.query_key_value.{leaf}'] = torch.cat(parts)
        elif '.w_ks.' not in key and '.w_vs.' not in key:
            state[_renamed(key, network)] = _as_ours(key, value)
    return state, dropped


def _renamed(key: str, network: str) -> str:
    for pattern, ours in _RULES[network]:
        name, found = re.subn(pattern, ours, key)
        if found:
            for theirs, replacement in _BLOCK:
                name = re.sub(theirs, replacement, name)
            return name
    raise ValueError(f'"{key}" is no weight of the "{network}" network of '
                     "DSD-SATN's release.")


def _as_ours(key: str, value: Tensor) -> Tensor:
    """Convolutions of width 1 that are linear layers here, flat."""
    linear = ('.w_1.', '.w_2.', 'conv_blocks', 'shrink')
    if value.dim() > 2 and any(name in key for name in linear):
        return value.flatten(1)
    return value
