# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What the parity kit calls the parts of PointHMR."""
from pathlib import Path

import numpy as np
import torch
from parity import fixture
from parity.compare import Tolerance
from parity.pointhmr_data import compute_data
from parity.pointhmr_eval import compute_eval
from parity.pointhmr_losses import compute_gradients, compute_losses
from parity.pointhmr_network import build, load, released_weights
from parity.recorded import recorded

from mmarts.models.layers import sine_position

__all__ = [
    'compute_data', 'compute_eval', 'compute_forward', 'compute_forward_plain',
    'compute_gradients', 'compute_losses', 'tolerance_of'
]

# Cell of the map on every side of a target's cell.
_PIXELS = 2
# Encoders in the order of the distances that the kit lists.
_HOPS = (1, 3, 5, 7)
_OUTPUTS = ('cam', 'joints_token', 'vertices_431', 'vertices_1723',
            'vertices_6890_every10', 'joints_h36m17', 'joints_mesh14',
            'proj_mesh14', 'proj_token14')
_EXACT = ('seed', 'conditioned', 'n_params', 'heat56_argmax', 'mask_hops',
          'mask_bits', 'mask_shape', 'mask_blocked_per_row',
          'mask_encoder_order', 'heat_gt_index', 'heat_flag_bits',
          'heat_n_targets', 'heat_n_wrapped')


def tolerance_of(part: str):
    """``key -> Tolerance`` of a part: the kit's README, section 5."""

    def tolerance(key):
        if key in _EXACT or key.endswith('_shape'):
            return Tolerance(0)
        if part == 'forward':
            return Tolerance(1e-5, relative=key not in _OUTPUTS)
        if part == 'forward_plain':
            return Tolerance(1e-3, relative=key not in _OUTPUTS)
        if part == 'gradients':
            return Tolerance(1e-2, relative=True)
        return Tolerance(1e-6, relative=True)

    return tolerance


def compute_forward(kit: Path, seed: int, dtype: torch.dtype) -> dict:
    """All arrays of ``forward.npz``."""
    return _forward(kit, seed, dtype, True)


def compute_forward_plain(kit: Path, seed: int, dtype: torch.dtype) -> dict:
    """All arrays of ``forward_plain.npz``."""
    return _forward(kit, seed, dtype, False)


@torch.no_grad()
def _forward(kit: Path, seed: int, dtype: torch.dtype,
             conditioned: bool) -> dict:
    model = build(kit, dtype)
    weights = released_weights(kit, seed, conditioned)
    load(model, weights)
    image = torch.as_tensor(fixture.inputs('image', (2, 3, 224, 224), seed))
    sampler, transformer = model.sampler, model.transformer
    modules = dict(backbone=model.backbone, sampler=sampler, grid=sampler.grid)
    modules.update(
        {
            f'enc{i + 1}': m
            for i, m in enumerate(transformer.encoders)
        },
        dim_reduce=transformer.reduce)
    with recorded(**modules) as seen:
        out = model.outputs(dict(image=image[:, None].to(dtype)))
    out = {name: value[:, 0] for name, value in out.items()}
    shapes = [v.numel() for k, v in weights.items() if _is_parameter(k)]
    arrays = dict(
        seed=seed,
        conditioned=conditioned,
        n_params=sum(shapes),
        input_sub=image[:, :, ::56, ::56],
        **_maps(sampler, seen, out),
        **_tokens(transformer, seen),
        **_read(model, out),
        **_masks(transformer))
    return {key: np.asarray(value) for key, value in arrays.items()}


def _is_parameter(key: str) -> bool:
    return not key.endswith(
        ('running_mean', 'running_var', 'num_batches_tracked'))


def stats(x) -> torch.Tensor:
    """Mean, deviation, least, largest, mean absolute value."""
    return torch.stack([x.mean(), x.std(), x.min(), x.max(), x.abs().mean()])


def _maps(sampler, seen: dict, out: dict) -> dict:
    maps, logits = seen['backbone'][1], out['heat_logits']
    top, bottom, grid = maps[0], maps[-1], seen['grid'][1]
    feature = sampler.feature(top)
    heat = logits.flatten(2).softmax(-1)
    # A cell of the release's large map is a quarter of one of these.
    large = heat.unflatten(2, logits.shape[2:])[:, ::100] / _PIXELS**2
    large = large.repeat_interleave(_PIXELS, 2).repeat_interleave(_PIXELS, 3)
    return dict(
        backbone_top_shape=top.shape,
        backbone_bottom_shape=bottom.shape,
        backbone_top_stats=stats(top),
        backbone_bottom_stats=stats(bottom),
        backbone_top_sub=top[:, ::4, ::8, ::8],
        backbone_bottom=bottom[:, ::4],
        heat_logits_sub=logits[:, ::40, ::8, ::8],
        heat_logits_stats=stats(logits),
        heat56_row=heat[:, ::100],
        heat56_argmax=heat.argmax(-1),
        heat56_max=heat.amax(-1),
        heat112_shape=(*heat.shape[:2], heat.shape[2] * _PIXELS**2),
        heat112_sub=large.flatten(2)[..., ::16],
        heat112_sum=heat.sum(-1),
        feature_map_sub=feature[:, ::32, ::8, ::8],
        feature_map_stats=stats(feature),
        grid_map_sub=grid[:, ::16],
        grid_map_stats=stats(grid),
        pos_embed_56=sine_position(512, 56, 56)[::16, ::8, ::8],
        pos_embed_7=sine_position(512, 7, 7)[::8])


def _tokens(transformer, seen: dict) -> dict:
    given = seen['sampler'][1]
    tokens = transformer.tokens(given.vertices, given.grid)
    camera, grid, joints, vertices = tokens.split((1, 49, 14, 431), 1)
    wide = {f'enc{i}_out': seen[f'enc{i}'][1][:, ::5, ::16] for i in (1, 2)}
    narrow = {f'enc{i}_out': seen[f'enc{i}'][1][:, ::5, ::4] for i in (3, 4)}
    return dict(
        wide,
        **narrow,
        cam_token=camera[:, 0],
        grid_tokens=grid[..., ::16],
        joint_tokens=joints[..., ::16],
        vertex_tokens=vertices[..., ::16],
        vertex_tokens_stats=stats(vertices),
        tokens_stats=stats(tokens),
        dim_reduce=seen['dim_reduce'][1][:, ::5, ::4],
        enc4_out_cam=seen['enc4'][1][:, 0],
        enc_stats=torch.stack(
            [stats(seen[f'enc{i}'][1]) for i in (1, 2, 3, 4)]))


def _read(model, out: dict) -> dict:
    vertices = out['vertices']
    return dict(
        cam=out['cam'],
        joints_token=out['joints3d_token'],
        vertices_431=out['vertices_coarse'],
        vertices_1723=out['vertices_mid'],
        vertices_6890_every10=vertices[:, ::10],
        vertices_6890_stats=stats(vertices),
        joints_h36m17=model.body_model.regress(vertices, 'h36m17'),
        joints_mesh14=out['joints3d_mesh'],
        proj_mesh14=out['keypoints2d_crop_mesh'],
        proj_token14=out['keypoints2d_crop_token'])


def _masks(transformer) -> dict:
    places = [transformer.hops.index(h) for h in _HOPS]
    blocked = torch.stack(
        [~getattr(transformer, f'visible{i}') for i in places])
    return dict(
        mask_hops=_HOPS,
        mask_bits=np.packbits(blocked.numpy(), axis=-1),
        mask_shape=blocked.shape,
        mask_blocked_per_row=blocked.sum(-1),
        mask_encoder_order=transformer.hops)
