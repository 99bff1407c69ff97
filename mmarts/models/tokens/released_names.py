# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Names of INT's release, and of timm's hybrid, in mmarts."""
import re

from torch import Tensor

_BLOCK = ((r'\.attn\.proj\.', '.attention.project.'), (r'\.attn\.ts_attn\.',
                                                       '.attention.gate.'),
          (r'\.mlp\.fc1\.', '.mlp.0.'), (r'\.mlp\.fc2\.', '.mlp.2.'))
_CNN = ((r'^patch_embed\.backbone\.',
         'tokens.cnn.'), (r'\.(stages\.\d+)\.blocks\.',
                          r'.\1.'), (r'\.downsample\.', '.shortcut.'),
        (r'\.(conv|norm)1\.',
         r'.reduce.\1.'), (r'\.(conv|norm)2\.',
                           r'.mix.\1.'), (r'\.(conv|norm)3\.', r'.expand.\1.'))
_TOP = {
    'cls_token': 'tokens.cls_token',
    'pos_embed': 'tokens.position',
    'joint3d_tokens': 'tokens.joint_tokens',
    'shape_token': 'tokens.shape_token',
    'cam_token': 'tokens.camera_token',
    'temporal_pos_embedding': 'temporal.position.embedding',
}
_PREFIXES = (('patch_embed.proj.', 'tokens.project.'),
             ('blocks.', 'tokens.blocks.'), ('norm.', 'tokens.norm.'),
             ('temporal_transformer.', 'temporal.blocks.'), ('joint3d_head.',
                                                             'heads.pose.'),
             ('shape_head.', 'heads.shape.'), ('cam_head.', 'heads.camera.'))
# Made in the release and never used: parallel attention adds no time.
_UNUSED = 'temp_embed'


def convert_names(
    weights: dict[str,
                  Tensor]) -> tuple[dict[str, Tensor], dict[str, list[str]]]:
    """State dict of the release to that of :class:`INT`.

    Args:
        weights: Whole, of any of the release's variants.

    Returns:
        The state dict, and why -> names of what is left out.

    Raises:
        ValueError: If a name is not known.
    """
    state, dropped = {}, {}
    for key, value in weights.items():
        if key.startswith('smpl.'):
            dropped.setdefault('the body is no part of a checkpoint',
                               []).append(key)
        elif key == _UNUSED:
            dropped.setdefault('not used by the release', []).append(key)
        elif '.attn.qkv.' in key:
            name, dim = _renamed(key), len(value) // 3
            for part, rows in (('query', value[:dim]), ('key_value',
                                                        value[dim:])):
                state[name.replace('.attn.qkv.', f'.attention.{part}.')] = rows
        else:
            time = key == 'temporal_pos_embedding'
            state[_renamed(key)] = value[0] if time else value
    return state, dropped


def _renamed(key: str) -> str:
    if key in _TOP:
        return _TOP[key]
    if key.startswith('patch_embed.backbone.'):
        return _substituted(key, _CNN)
    for theirs, ours in _PREFIXES:
        if key.startswith(theirs):
            return _substituted(ours + key.removeprefix(theirs), _BLOCK)
    raise ValueError(f'"{key}" is no weight of the release of INT; expected '
                     f'{sorted(_TOP)}, patch_embed.*, blocks.* and the like.')


def _substituted(key: str, rules: tuple) -> str:
    for pattern, replacement in rules:
        key = re.sub(pattern, replacement, key)
    return key
