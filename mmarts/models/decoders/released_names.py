# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What PointHMR's release calls the weights of this network."""
import re

from torch import Tensor

# Tables that its network has and does not read.
UNUSED = ('cam_token_embed.', 'vertex_token_embed.')
_DECODERS = dict(
    heatmap_layer='heatmap',
    feature_extract_layer='feature',
    grid_layer='grid')
_SINGLE = {
    'cam_layer.weight': 'transformer.camera_token.weight',
    'cam_layer.bias': 'transformer.camera_token.bias',
    'joint_token_embed.weight': 'transformer.joint_token',
    'token_position_embed.weight': 'transformer.position',
}
_HEADS = {
    'dim_reduce': 'reduce',
    'xyz_regressor': 'read_point',
    'cam_predictor': 'read_camera'
}
_LAYER = {
    'self_attn.out_proj': 'attention.project',
    # A dropout and an activation lie between.
    'linear1': 'mlp.0',
    'linear2': 'mlp.3',
    'norm1': 'norm1',
    'norm2': 'norm2'
}
_IN_LAYER = re.compile(
    r'transformer\.transformer_(\d)\.layers\.(\d+)\.(.+)[._](weight|bias)')


def convert_names(
        weights: dict[str, Tensor]) -> tuple[dict[str, Tensor], dict]:
    """A state dict of the release as one of ours.

    Returns:
        The state dict, and why -> names of what is left out.

    Raises:
        ValueError: For a name that is not the release's.
    """
    state, dropped = {}, {}
    for key, value in weights.items():
        if key.startswith(UNUSED):
            dropped.setdefault('never read by the network', []).append(key)
            continue
        names = own_names(key)
        # Queries, then keys and values, stand in one matrix there.
        parts = value.tensor_split([len(value) //
                                    3]) if len(names) > 1 else [value]
        state.update(zip(names, parts))
    return state, dropped


def own_names(key: str) -> list[str]:
    """Our names of a weight of the release: one, or two that share it.

    Raises:
        ValueError: If the release has no such name.
    """
    first, _, rest = key.partition('.')
    if first == 'backbone':
        return [key]
    if key in _SINGLE:
        return [_SINGLE[key]]
    if first in _DECODERS:
        block, _, inner = rest.partition('.')
        where = 'project' if inner == 'weight' else f'body.{block}'
        inner = inner.replace('downsample', 'shortcut')
        return [f'sampler.{_DECODERS[first]}.{where}.{inner}']
    match = _IN_LAYER.fullmatch(key)
    if match:
        return _names_in_layer(*match.groups())
    head, _, leaf = rest.partition('.')
    if first == 'transformer' and head in _HEADS:
        return [f'transformer.{_HEADS[head]}.{leaf}']
    match = re.fullmatch(r'transformer\.transformer_(\d)\.norm\.(\w+)', key)
    if match:
        number, leaf = match.groups()
        return [f'transformer.encoders.{int(number) - 1}.norm.{leaf}']
    raise ValueError(f"PointHMR's release has no weight \"{key}\"; expected "
                     'names such as heatmap_layer.0.conv1.weight.')


def _names_in_layer(number: str, layer: str, part: str,
                    leaf: str) -> list[str]:
    block = f'transformer.encoders.{int(number) - 1}.blocks.{layer}'
    if part == 'self_attn.in_proj':
        return [
            f'{block}.attention.{name}.{leaf}'
            for name in ('query', 'key_value')
        ]
    if part not in _LAYER:
        raise ValueError(f"A layer of PointHMR's release has no \"{part}\".")
    return [f'{block}.{_LAYER[part]}.{leaf}']
