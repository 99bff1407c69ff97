# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What the parity kit calls the parts of INT."""
import json
from pathlib import Path

import numpy as np
import roma
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from parity import fixture
from parity.compare import Tolerance
from parity.fixture_body import fixture_body_config
from parity.recorded import recorded

from mmarts.models.tokens.released_names import convert_names
from mmarts.registry import MODELS
from mmarts.structures import BodyParams

__all__ = ['compute_forward', 'tolerance_of']

ROOT = Path(__file__).parents[2]
EVERY = 10  # vertices that are stored
DIM, DEPTH, JOINTS = 768, 6, 24
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
# A 6D pair is nearly parallel there.
_ILL_CONDITIONED = ('img_nt', 'parallel_v4')
_TOKEN_LIKE = ('rot6d', 'betas', 'cam')
_POSED = ('rotmat', 'verts_10', 'kp_3d', 'kp_2d', 'theta')


def tolerance_of(part: str):
    """``key -> Tolerance`` of a part: the kit's README, section 4."""

    def tolerance(key):
        case, _, name = key.partition('/')
        if part != 'forward':
            return Tolerance(1e-6, relative=True)
        if name in _POSED:
            return Tolerance(5e-4 if case in _ILL_CONDITIONED else 2e-4)
        if name in _TOKEN_LIKE or 'tokens_' in name and 'sub' not in name or (
                name in ('tokens', 'c16_tokens')):
            return Tolerance(1e-4)
        if name.endswith(('_sub', '_stat')):
            return Tolerance(2e-3)
        return Tolerance(1e-6, relative=True)

    return tolerance


def build(case: str, dtype: torch.dtype = torch.float32):
    """The release's network as a case of the kit has it, on its body."""
    init_default_scope('mmarts')
    config = Config.fromfile(ROOT / 'configs/int_hmr/int_release.py').model
    config.body_model = fixture_body_config()
    if case == 'img_h36m':
        config.joint_set = 'h36m17'
    if case in _ILL_CONDITIONED:
        config.temporal = None
    if case == 'parallel_v4':
        config.tokens.type = 'SpaceTimeTokenViT'
    return MODELS.build(config).eval().to(dtype)


def released_weights(kit: Path, case: str, seed: int) -> dict:
    """A state dict of the release, by the kit's rule."""
    shapes = json.loads((kit / 'state_dict.json').read_text())
    if case in _ILL_CONDITIONED:
        shapes = {k: v for k, v in shapes.items() if 'temporal_' not in k}
    if case == 'parallel_v4':
        for block in range(DEPTH):
            gate = f'blocks.{block}.attn.ts_attn.'
            shapes[gate + 'weight'] = (2 * DIM, 2 * DIM)
            shapes[gate + 'bias'] = (2 * DIM, )
        shapes['temp_embed'] = (1, 16, 1, DIM)
    return {
        key: torch.as_tensor(fixture.fill(key, shape, seed))
        for key, shape in shapes.items() if not key.startswith('smpl.')
    }


@torch.no_grad()
def compute_forward(kit: Path, seed: int, dtype: torch.dtype) -> dict:
    """All arrays of ``forward.npz``."""
    arrays = {}
    for case, (name, stride, inside) in _CASES.items():
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
    """What the release's embedding becomes: clip after clip of these lengths.

    It is interpolated in place there; here by applying ours repeatedly.
    """
    learned, arrays = temporal.position.embedding.clone(), {}

    def after(*lengths):
        temporal.position.embedding.data = learned
        for length in lengths:
            temporal.position.embedding.data = temporal.position(length)
        return temporal.position.embedding.data.clone()[None]

    for name, lengths in (('mut_16_4_16', (4, 16)), ('mut_16_1_16', (1, 16))):
        arrays[f'{name}/embedding'] = after(*lengths)
        arrays[f'{name}/tokens'] = temporal(tokens).flatten(0, 1)[..., ::16]
    arrays['interp64/embedding'] = after(64)[..., ::4]
    arrays['interp64_back16/embedding'] = after(64, 16)[..., ::4]
    position, temporal.position = temporal.position, None
    arrays['noemb/c16_tokens'] = temporal(tokens).flatten(0, 1)[..., ::16]
    temporal.position = position
    return arrays
