# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What the parity kit calls the parts of INT."""
from pathlib import Path
from typing import Optional

import numpy as np
import roma
import torch
from parity import fixture
from parity.compare import Tolerance
from parity.int_eval import compute_eval
from parity.int_gradients import compute_gradients
from parity.int_losses import compute_losses
from parity.int_network import (DEPTH, ILL_CONDITIONED, JOINTS, build,
                                released_weights)
from parity.recorded import recorded

from mmarts.models.tokens import TokenTemporal
from mmarts.models.tokens.released_names import convert_names
from mmarts.structures import BodyParams

__all__ = [
    'compute_eval', 'compute_forward', 'compute_gradients', 'compute_losses',
    'tolerance_of'
]

# Parts of which only what a file has is computed.
BY_CASE = ('forward', )
EVERY = 10  # vertices that are stored
_SHAPES = dict(video=(2, 4), clip16=(1, 16), clip24=(1, 24))
# Case -> input, channel stride of its tokens, intermediates stored or not.
_CASES = dict(
    v4=('video', 2, True),
    c16=('clip16', 4, True),
    c24=('clip24', 12, False),
    img=('video', 1, True),
    img_h36m=('video', 1, False),
    img_nt=('video', 1, False),
    parallel_v4=('video', 8, False))
_TOKEN_LIKE = ('rot6d', 'betas', 'cam')
_POSED = ('rotmat', 'verts_10', 'kp_3d', 'kp_2d', 'theta')


def tolerance_of(part: str):
    """``key -> Tolerance`` of a part: the kit's README, section 4."""

    def tolerance(key):
        case, _, name = key.partition('/')
        if part == 'gradients':
            return _gradient_tolerance(key)
        if part != 'forward':
            return Tolerance(1e-6, relative=True)
        if name in _POSED:
            return Tolerance(5e-4 if case in ILL_CONDITIONED else 2e-4)
        if name in _TOKEN_LIKE or 'tokens_' in name and 'sub' not in name or (
                name in ('tokens', 'c16_tokens')):
            return Tolerance(1e-4)
        if name.endswith(('_sub', '_stat')):
            return Tolerance(2e-3)
        return Tolerance(1e-6, relative=True)

    return tolerance


def _gradient_tolerance(key: str) -> Tolerance:
    """In the CNN a rounding error flips ReLUs: only norms say something."""
    if 'patch_embed.backbone' not in key:
        return Tolerance(5e-4, relative=True)
    return Tolerance(
        1e-2 if key.startswith('norm/') else np.inf, relative=True)


@torch.no_grad()
def compute_forward(kit: Path,
                    seed: int,
                    dtype: torch.dtype,
                    file: Optional[Path] = None) -> dict:
    """Arrays of ``forward.npz``.

    Args:
        kit, seed, dtype: As in the other parts.
        file: The ``.npz`` whose cases are computed; the kit's by default.
    """
    with np.load(file or kit / 'forward.npz') as stored:
        wanted, arrays = stored.files, {}
    for case, (name, stride, inside) in _CASES.items():
        if not any(key.startswith(f'{case}/') for key in wanted):
            continue
        model = build(case, dtype)
        model.load_state_dict(
            convert_names(released_weights(kit, case, seed))[0])
        image = torch.as_tensor(
            fixture.inputs(name, (*_SHAPES[name], 3, 224, 224), seed))
        if case.startswith('img'):
            image = image[:, :1]
        of_case, tokens = _of_case(model, image.to(dtype), stride, inside)
        arrays.update({f'{case}/{key}': of_case[key] for key in of_case})
        if case == 'c16':
            arrays.update(_overwritten(model.temporal, tokens))
    if 'mut_16_4_16/embedding' not in arrays:
        arrays.update(_embeddings(seed, dtype))
    return {key: np.asarray(value) for key, value in arrays.items()}


def _of_case(model, image, stride: int, inside: bool) -> tuple:
    cnn, tokens, temporal = model.tokens.cnn, model.tokens, model.temporal
    modules = dict(norm=tokens.norm, patch=tokens.project)
    modules.update({f'stage{i}': m for i, m in enumerate(cnn.stages)})
    modules.update({f'block{i}': m for i, m in enumerate(tokens.blocks)})
    if temporal is not None:
        modules['temporal'] = temporal
        modules.update({
            f'tblock{i}': m
            for i, m in enumerate(temporal.blocks)
        })
    with recorded(**modules) as seen:
        out = model.outputs(dict(image=image))
    normed = seen['norm'][1]
    arrays = dict(
        tokens_base_joint=normed[:, :JOINTS, ::stride],
        tokens_base_shape=normed[:, JOINTS, ::stride],
        tokens_base_cam=normed[:, JOINTS + 1, ::stride],
        **_posed(model, out))
    if temporal is not None:
        arrays.update(
            tokens_temporal_joint=seen['temporal'][1].flatten(
                0, 1)[..., ::stride],
            temporal_embedding=temporal.position(image.shape[1])[None])
    if inside:
        arrays.update(_inside(seen))
    return arrays, seen.get('temporal', (None, ))[0]


def _inside(seen: dict) -> dict:
    arrays = {}
    for name in ('stem', 'stage0', 'stage1', 'stage2'):
        # What the kit calls the stem ends with its pooling.
        x = seen['stage0'][0] if name == 'stem' else seen[name][1]
        arrays[f'{name}_stat'] = torch.stack(
            [x.mean(), x.std(), x.abs().max()])
        arrays[f'{name}_sub'] = x[:2, ::16, ::7, ::7]
    arrays['patch_sub'] = seen['patch'][1].flatten(2).mT[:, ::7, ::16]
    arrays['tokens_in_sub'] = seen['block0'][0][:, ::9, ::16]
    for i in range(DEPTH):
        arrays[f'block{i}_sub'] = seen[f'block{i}'][1][:, ::9, ::32]
    arrays['temporal_in_sub'] = seen['tblock0'][0][:, :, ::32]
    for i in range(3):
        arrays[f'tblock{i}_sub'] = seen[f'tblock{i}'][1][:, :, ::32]
    return arrays


def _posed(model, out: dict) -> dict:
    rotmat = torch.cat([out['global_orient'], out['body_pose']], 2)
    vertices = model.body_model.vertices(
        BodyParams(out['global_orient'], out['body_pose'], out['betas']))
    rotvec = roma.rotmat_to_rotvec(rotmat).flatten(-2)
    flat = {name: out[name].flatten(0, 1) for name in _TOKEN_LIKE}
    return dict(
        flat,
        theta=torch.cat([out['cam'], rotvec, out['betas']], -1),
        rotmat=rotmat,
        kp_3d=out['joints3d_posed'],
        kp_2d=out['keypoints2d_crop'],
        verts_10=vertices[:, :, ::EVERY])


def _overwritten(temporal, tokens) -> dict:
    """What the release's embedding becomes, and what it does to tokens."""
    arrays = _stretched(temporal)
    embedding = temporal.position.embedding.data
    for name in ('mut_16_4_16', 'mut_16_1_16'):
        temporal.position.embedding.data = arrays[f'{name}/embedding'][0]
        arrays[f'{name}/tokens'] = temporal(tokens).flatten(0, 1)[..., ::16]
    position, temporal.position = temporal.position, None
    arrays['noemb/c16_tokens'] = temporal(tokens).flatten(0, 1)[..., ::16]
    temporal.position = position
    temporal.position.embedding.data = embedding
    return arrays


def _embeddings(seed: int, dtype: torch.dtype) -> dict:
    """The embeddings alone, without a network around them."""
    temporal = TokenTemporal(depth=0).to(dtype)
    temporal.position.embedding.data = torch.as_tensor(
        fixture.fill('temporal_pos_embedding', (1, 16, 768),
                     seed))[0].to(dtype)
    return _stretched(temporal)


def _stretched(temporal) -> dict:
    """Clip after clip of these lengths.

    The release interpolates its embedding in place; here ours is applied
    repeatedly.
    """
    learned = temporal.position.embedding.data

    def after(*lengths):
        temporal.position.embedding.data = learned
        for length in lengths:
            temporal.position.embedding.data = temporal.position(length).data
        last = temporal.position.embedding.data[None]
        temporal.position.embedding.data = learned
        return last

    return {
        'mut_16_4_16/embedding': after(4, 16),
        'mut_16_1_16/embedding': after(1, 16),
        'interp64/embedding': after(64)[..., ::4],
        'interp64_back16/embedding': after(64, 16)[..., ::4]
    }
