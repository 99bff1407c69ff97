# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Names and layouts of the release's weights, and those they get here."""
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Callable, Optional

import torch
from torch import Tensor

LIFTER, REGRESSOR = 'pose_lifter.', 'pose_mesh_coevo.'
_BLOCK = (r'(norm1|norm2|attn\.qkv|attn\.proj|mlp\.fc1|mlp\.fc2)'
          r'\.(weight|bias)')
_INNER = {
    'attn.proj': 'attention.project',
    'mlp.fc1': 'mlp.0',
    'mlp.fc2': 'mlp.2'
}
# Blocks 0 of the second stream are never called.
_STREAMS = {
    'SpatialBlocks1': ('spatial_first', 0),
    'TemporalBlocks1': ('temporal_second', 0),
    'TemporalBlocks2': ('temporal_first', 1),
    'SpatialBlocks2': ('spatial_second', 1),
}
_LIFTER_NAMES = {
    'joint_embed': 'embed',
    'imgfeat_embed': 'embed_feat',
    'norm_s': 'norm_spatial',
    'norm_t': 'norm_temporal',
    'regression.0': 'head.0',
    'regression.1': 'head.1',
}
_REGRESSOR_NAMES = {
    'projoint': 'motion_attention.embed_motion',
    'proj': 'motion_attention.embed_feat',
    'out_proj': 'motion_attention.head',
    'mcca.normq': 'motion_attention.norm_query',
    'mcca.normk': 'motion_attention.norm_key',
    'mcca.normv': 'motion_attention.norm_value',
    'mcca.attn.wq': 'motion_attention.query',
    'mcca.attn.wk': 'motion_attention.key',
    'mcca.attn.wv': 'motion_attention.value',
    'mcca.attn.proj': 'motion_attention.project',
    'mcca.norm2': 'motion_attention.norm2',
    'mcca.mlp.fc1': 'motion_attention.mlp.0',
    'mcca.mlp.fc2': 'motion_attention.mlp.2',
    'TIK.regressor.fc1': 'pose_ik.twist.0',
    'TIK.regressor.fc2': 'pose_ik.twist.2',
    'TIK.regressor.decphi': 'pose_ik.twist.4',
    'inv_b2m': 'shape_fitter.joints_to_mesh',
    'inv_m2s': 'shape_fitter.mesh_to_betas',
    'regressorspin.fc2': 'regressor.hidden',
    'regressorspin.decpose': 'regressor.pose_head',
    'regressorspin.decshape': 'regressor.shape_head',
    'regressorspin.deccam': 'regressor.cam_head',
    'residual.upsample_conv1': 'mesh_residual.upsample.0',
    'residual.upsample_conv2': 'mesh_residual.upsample.1',
}
_TOKEN_NAMES = {
    'joint_proj': 'embed_joints',
    'vertx_proj': 'embed_vertices',
    'proj_j2v_dim': 'readout.mix',
    'proj_vertx_feat2coor': 'readout.head',
}
# Networks of the flows: (entry in the release) -> (flow, which, latent dim).
_FLOWS = {
    'flow_j2s.jts_nets': ('joints_to_swing', 'scales', 176),
    'flow_j2s.jts_nett': ('joints_to_swing', 'shifts', 176),
    'flow_s2r.s': ('swing_to_rotation', 'scales', 190),
    'flow_s2r.t': ('swing_to_rotation', 'shifts', 190),
}
_FEAT_DIM = 2048
# What is left out and why; `.*` is all below a name.
_DROPPED = (
    (r'pose_lifter\.(Spatial|Temporal)Blocks2\.0\..*|pose_lifter\.fusion\..*',
     'never called: block 0 of the second stream, `fusion`'),
    (REGRESSOR + r'(trans1|init_pose)\..*',
     'never called: `trans1`, `init_pose`'),
    (REGRESSOR + r'TIK\.regressor\.(decshape|regressorspin\.(?!smpl\.).*)'
     r'(\.weight|\.bias)?',
     'read by nothing: shape and SPIN regressor of TIK'),
    (REGRESSOR + r'residual\.coevoblock\d\.(proj_v2j_dim|proj_joint_feat2coor)'
     r'\..*', 'read by nothing: joints of the mesh branch'),
    (REGRESSOR + r'(TIK\.regressor\.)?(regressorspin\.smpl|smpl_layer)\..*',
     'body arrays: they come from the body model file'),
    (REGRESSOR + r'regressorspin\.(init_pose|init_shape)',
     'the refinement starts from TIK and bone fitting'),
    (REGRESSOR + r'TIK\.regressor\.(flow_j2s\.(jts_masks|shape_masks)|'
     r'flow_s2r\.mask)', 'masks: the layers here have no masked entries'),
)


@dataclass
class ConvertedWeights:
    """What became of the release's weights.

    Args:
        state: Name here -> tensor.
        dropped: Why -> the release's names.
        table_points: ``(431, 3)`` metres, ``residual.init_vertices``; they
            say at which joint each vertex of the mesh branch starts. None
            for a lifter alone.
    """

    state: dict[str, Tensor] = field(default_factory=dict)
    dropped: dict[str,
                  list[str]] = field(default_factory=lambda: defaultdict(list))
    table_points: Optional[Tensor] = None


def convert_weights(theirs: dict[str, Tensor]) -> ConvertedWeights:
    """Rename and re-lay the weights of a released checkpoint.

    Args:
        theirs: State dict of the whole network (``pose_lifter.*`` and
            ``pose_mesh_coevo.*``) or of the lifter alone (no prefix).

    Raises:
        ValueError: If there is a key that no release has, or a mask is not
            the alternating one; nothing is guessed.
    """
    whole = any(key.startswith(REGRESSOR) for key in theirs)
    result, unknown = ConvertedWeights(), []
    for key, value in theirs.items():
        full = key if whole else LIFTER + key
        reason = _reason_to_drop(full)
        if full == REGRESSOR + 'residual.init_vertices':
            result.table_points = value
        elif reason:
            _check_mask(full, value)
            result.dropped[reason].append(key)
        else:
            made = _converted(full, value)
            if made is None:
                unknown.append(key)
            else:
                result.state.update(made)
    if unknown:
        raise ValueError(
            f'{len(unknown)} of {len(theirs)} keys are none of the release '
            f'of ARTS (commit deb8c12): {", ".join(unknown[:5])}'
            f'{" ..." if len(unknown) > 5 else ""}. Nothing was written.')
    return result


def alternating_masks(depth: int, dim: int) -> Tensor:
    """Masks ``(depth, dim)`` of the release's flows; 1 is kept."""
    layer = torch.arange(depth)[:, None]
    return ((torch.arange(dim) + layer) % 2).float()


def _reason_to_drop(key: str) -> Optional[str]:
    return next(
        (reason for pattern, reason in _DROPPED if re.fullmatch(pattern, key)),
        None)


def _converted(key: str, value: Tensor) -> Optional[dict[str, Tensor]]:
    """New names and tensors of one key; None if it is unknown."""
    rules = _LIFTER_RULES if key.startswith(LIFTER) else _REGRESSOR_RULES
    rest = key.removeprefix(LIFTER).removeprefix(REGRESSOR)
    for pattern, rule in rules:
        match = re.fullmatch(pattern, rest)
        if match:
            return rule(value, *match.groups())
    return None


def _position(value: Tensor, axis: str) -> dict:
    return {f'lifter.{axis}_position.embedding': value[0]}


def _block(value: Tensor, stream: str, index: str, name: str,
           leaf: str) -> dict:
    ours, first = _STREAMS[stream]
    place = f'lifter.{ours}.{int(index) - first}'
    if name == 'attn.qkv':
        query, key_value = value.split([len(value) // 3, 2 * len(value) // 3])
        return {
            f'{place}.attention.query.{leaf}': query,
            f'{place}.attention.key_value.{leaf}': key_value
        }
    return {f'{place}.{_INNER.get(name, name)}.{leaf}': value}


def _renamed(names: dict, prefix: str = '') -> tuple[str, Callable]:
    pattern = '|'.join(map(re.escape, names))

    def rule(value, name, leaf):
        return {f'{prefix}{names[name]}.{leaf}': value}

    return rf'({pattern})\.(weight|bias)', rule


def _flow(value: Tensor, flow: str, layer: str, depth: str, leaf: str) -> dict:
    """Only the rows and columns of entries that are not masked.

    Layer 0 reads the odd entries and moves the even ones, layer 1 the
    reverse. Behind the latent entries lie the inputs of a shape that the
    release multiplies by zero.
    """
    ours, which, dim = _FLOWS[flow]
    moved = int(layer) % 2
    if depth == '0' and leaf == 'weight':
        value = value[:, :dim][:, 1 - moved::2]
    elif depth == '6':
        value = value[moved::2]
    return {f'pose_ik.{ours}.{which}.{layer}.{depth}.{leaf}': value}


def spin_first_layer(value: Tensor, leaf: str) -> dict:
    """The first layer of SPIN's regressor, split by what it reads."""
    if leaf == 'bias':
        return {'regressor.embed_feat.bias': value}
    return {
        'regressor.embed_feat.weight': value[:, :_FEAT_DIM],
        'regressor.embed_state.weight': value[:, _FEAT_DIM:]
    }


def _mean_cam(value: Tensor) -> dict:
    return {'regressor.mean_cam': value[0]}


def _token_block(value: Tensor, index: str, name: str, leaf: str) -> dict:
    place = f'mesh_residual.blocks.{int(index) - 1}'
    return {f'{place}.{_TOKEN_NAMES[name]}.{leaf}': value}


_LIFTER_RULES = (
    (r'(spatial|temporal)_pos_embed', _position),
    (rf'({"|".join(_STREAMS)})\.(\d)\.{_BLOCK}', _block),
    _renamed(_LIFTER_NAMES, 'lifter.'),
)
_REGRESSOR_RULES = (
    _renamed(_REGRESSOR_NAMES),
    (rf'TIK\.regressor\.({"|".join(map(re.escape, _FLOWS))})\.(\d+)'
     r'(?:\.encoder)?\.([036])\.(weight|bias)', _flow),
    (r'regressorspin\.fc1\.(weight|bias)', spin_first_layer),
    (r'regressorspin\.init_cam', _mean_cam),
    (rf'residual\.coevoblock(\d)\.({"|".join(_TOKEN_NAMES)})\.(weight|bias)',
     _token_block),
)


def _check_mask(key: str, value: Tensor) -> None:
    if key.endswith('shape_masks'):
        right = not value.any()
    elif key.endswith(('jts_masks', '.mask')):
        right = torch.equal(value.float(), alternating_masks(*value.shape))
    else:
        return
    if not right:
        raise ValueError(f'{key} is not the mask of the release; these '
                         'weights are of a network that is not built here.')
