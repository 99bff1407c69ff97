# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What the parity kit calls the parts of DSD-SATN: the networks."""
from pathlib import Path

import numpy as np
import roma
import torch
from parity import dsd_network, fixture
from parity.compare import Tolerance
from parity.dsd_eval import compute_eval
from parity.dsd_losses import compute_losses
from parity.dsd_preproc import compute_preproc
from parity.fixture_body import BODY_SEED
from parity.recorded import recorded
from torch import Tensor

from mmarts.models.disentangle import IntegralRegression
from mmarts.models.estimators.crop_body import discard_norm_statistics
from mmarts.structures import BodyParams

__all__ = [
    'compute_eval', 'compute_forward', 'compute_losses', 'compute_preproc',
    'is_note', 'tolerance_of'
]

EVERY = 10  # vertices that are stored
_SIDE = 256


def is_note(key: str) -> bool:
    """Whether an entry tells of the release's code, and is no result."""
    return key.endswith('verts_is_verts_camed')


def tolerance_of(part: str):
    """``key -> Tolerance`` of a part: the kit's README, section 3."""

    def tolerance(key):
        if part == 'losses':
            return Tolerance(1e-6, relative=True)
        if part == 'eval':
            single = 'float32' in key or 'torch' in key
            return Tolerance(1e-6 if single else 1e-9, relative=True)
        if part == 'preproc':
            if key.endswith(('u8_sub8', 'input_sub8')):
                return Tolerance(1 if 'u8' in key else 2 / 255)
            return Tolerance(1e-6 if key.endswith(('kps_norm',
                                                   'flip/kps')) else 0)
        if key.startswith('bilinear') or 'layer4' in key or 'heatmap' in key:
            return Tolerance(1e-5, relative=True)
        if key.startswith(('satn', 'shuffle', 'tcn')):
            exact = key.endswith(('perm', 'target', 'argmax'))
            loose = key.endswith(
                ('verts_10', 'loss', 'full_sum', 'tcn_out_1024'))
            return Tolerance(
                0 if exact else 2e-5, relative=loose and not exact)
        # A mean over 57344 cells.
        return Tolerance(2e-5 if key == 'integral3d/out' else 1e-5)

    return tolerance


@torch.no_grad()
def compute_forward(kit: Path, seed: int, dtype: torch.dtype) -> dict:
    """All arrays of ``forward.npz``."""

    def draw(name, *shape):
        return torch.as_tensor(fixture.inputs(name, shape, seed)).to(dtype)

    model = dsd_network.build(kit, 'single', seed, dtype)
    arrays = dict(meta_body_seed=BODY_SEED)
    arrays.update(_singles(model, draw))
    arrays.update(_parts(model, draw))
    arrays.update(_temporal(kit, seed, dtype, draw))
    critic = dsd_network.discriminator(kit, seed, dtype)
    theta = (0.5 * draw('disc_theta', 4, 85).float()).to(dtype)
    with recorded(embed=critic.embed) as seen:
        scores = _scores(critic, theta)
    arrays.update({
        'disc/in':
        theta,
        'disc/out25':
        scores,
        'disc/conv_out':
        seen['embed'][1].mT[:, :, None],
        'disc/out25_on_single_theta':
        _scores(critic, arrays['single/theta85'])
    })
    return {key: np.asarray(value) for key, value in arrays.items()}


def _rotmats(rotvec: Tensor) -> Tensor:
    return roma.rotvec_to_rotmat(rotvec.unflatten(-1, (-1, 3)))


def _scores(critic, theta: Tensor) -> Tensor:
    return critic(_rotmats(theta[:, 3:75])[:, 1:], theta[:, 75:])


def _prefixed(prefix: str, arrays: dict) -> dict:
    return {f'{prefix}/{key}': value for key, value in arrays.items()}


def _singles(model, draw) -> dict:
    """The frame network in all its runs, on the same two pictures."""
    image, network = draw('images', 2, 3, _SIDE, _SIDE), model.network
    parts = dict(maps=network.backbone, logits=network.heatmap_head)
    with recorded(**parts) as seen:
        skeleton, pooled = network.parts(image)
    logits = seen['logits'][1]
    single = _joined(model, skeleton, pooled)
    arrays = dict(
        single, **{
            'layer4_c0:8':
            seen['maps'][1][:, :8],
            'gap':
            pooled,
            'heatmap_logits_j0:2':
            logits[:, :2],
            'heatmap_logits_mean_std':
            torch.stack([logits.mean(),
                         logits.std(unbiased=False)]),
            'only_blf_y':
            single['y']
        })
    given = torch.as_tensor(
        np.tanh(np.asarray(draw('kps_gt', 2, 28), np.float32)))
    given[:, 2:8] = -2
    own = given == -2
    injected = torch.where(own, skeleton.flatten(1), given.to(skeleton))
    kpsgt = _joined(model, injected.unflatten(1, (-1, 2)), pooled)
    kpsgt = dict(kpsgt, kps_gt=given, returned_kps=skeleton.flatten(1))
    network.heatmap_head.final_layer.weight.mul_(60)
    peaky = _joined(model, *network.parts(image))
    network.heatmap_head.final_layer.weight.div_(60)
    discard_norm_statistics(network, True)
    trainbn = _joined(model, *network.parts(image))
    discard_norm_statistics(network, False)
    return dict(
        _prefixed('single', arrays), **_prefixed('single_kpsgt', kpsgt),
        **_prefixed('single_peaky', peaky),
        **_prefixed('single_trainbn', trainbn))


def _joined(model, skeleton: Tensor, pooled: Tensor) -> dict:
    """What comes of a skeleton and a pooled feature."""
    feat = model.network.head(skeleton, pooled)
    return dict(
        _posed(model, model.network.parameter_head, feat),
        x_s=skeleton.flatten(1),
        x_d=model.network.head.detail(pooled),
        y=feat)


def _posed(model, head, feat: Tensor) -> dict:
    """Body of a feature, in the release's camera space."""
    theta = head.theta(feat)
    cam, rotmat, betas = head(feat)
    out = model.read(cam[:, None], rotmat[:, None], betas[:, None])
    params = BodyParams(rotmat[:, :1], rotmat[:, 1:], betas)
    return dict(
        theta85=theta,
        cam=theta[:, :3],
        pose=theta[:, 3:75],
        shape=betas,
        Rs=rotmat,
        j2d=out['keypoints2d_crop'][:, 0],
        verts_10=_in_camera(
            model.body_model.vertices(params)[:, ::EVERY], cam),
        j3d=_in_camera(out['joints3d_posed'][:, 0], cam, sign_only=True))


def _in_camera(points: Tensor, cam: Tensor, sign_only: bool = False) -> Tensor:
    """The release's ``s x + t``, depth as it is, from our ``s (x + t)``."""
    scale = cam[:, None, :1]
    shift = scale * cam[:, None, 1:]
    factor = scale.sign() if sign_only else scale
    return torch.cat([factor * points[..., :2] + shift, points[..., 2:]], -1)


def _parts(model, draw) -> dict:
    """Layers alone."""
    release = IntegralRegression('release')
    rotvec = draw('aa', 24, 3)
    pose, betas = 0.3 * draw('smpl_pose', 3, 72), draw('smpl_beta', 3, 10)
    theirs = draw('smpl_cam', 3, 3)
    cam = torch.cat([theirs[:, :1], theirs[:, 1:] / theirs[:, :1]], -1)
    rotmat, body = _rotmats(pose), model.body_model
    params = BodyParams(rotmat[:, :1], rotmat[:, 1:], betas)
    joints = body.joints(params, 'lsp14')
    vertices = body.vertices(params)[:, ::EVERY]
    return {
        'integral2d/in_scale':
        4.,
        'integral2d/out':
        release(4 * draw('heatmap', 2, 14, 64, 64)).flatten(1),
        'integral3d/out':
        release(4 * draw('heatmap3d', 1, 14, 14, 64, 64)).flatten(1),
        'bilinear/out':
        model.network.head.joined(draw('x_s', 3, 28), draw('x_d', 3, 512)),
        'rodrigues/in':
        rotvec,
        'rodrigues/out':
        roma.rotvec_to_rotmat(rotvec),
        'rodrigues/out_zero':
        roma.rotvec_to_rotmat(0 * rotvec[:1]),
        'smpl/verts_10':
        vertices,
        'smpl/joints14':
        joints,
        'smpl/joints24':
        body.joints(params),
        'smpl/j2d':
        model.projection(joints, cam),
        'smpl/j3d_camed':
        _in_camera(joints, cam, sign_only=True),
        'smpl/v3d_camed_10':
        _in_camera(vertices, cam)
    }


def _temporal(kit: Path, seed: int, dtype, draw) -> dict:
    """SATN as it is, alone, shuffled, and with the batch's statistics."""
    model = dsd_network.build(kit, 'satn', seed, dtype)
    net, feat = model.network, draw('features', 2, 9, 512)
    arrays = _prefixed('satn', _inside(model, feat))

    def theta(tokens):
        return model.head.theta(net.tcn(tokens)[:, 0])

    arrays['satn/theta85_big_input'] = theta(net.encode(3 * feat))
    arrays['tcn_alone/theta85'] = theta(feat)
    perm = torch.as_tensor(
        np.stack(list(map(fixture.rng('perm', seed).permutation, (9, 9)))))
    clip = torch.arange(2)[:, None]
    shuffled = feat[clip, perm]
    # The release lets the codes move with the frames.
    tokens = net.encode(shuffled, positions=perm)
    logits, back = model.order_head(tokens), perm.argsort(1)
    arrays.update(
        _prefixed(
            'shuffle',
            dict(
                perm=perm,
                target=back,
                input_after_call=shuffled[..., :4],
                self_attention_out=tokens,
                sorting_logits=logits,
                sorting_argmax=logits.argmax(-1),
                sorting_loss=model.losses['order'](logits, back),
                theta85=theta(tokens[clip, back]))))
    discard_norm_statistics(net, True)
    arrays['satn_trainbn_nodropout/theta85'] = theta(net.encode(feat))
    return arrays


def _inside(model, feat: Tensor) -> dict:
    net = model.network
    blocks = net.encoder.blocks
    modules = dict(expand=net.tcn.expand[0], encoder=net.encoder, tcn=net.tcn)
    for i, block in enumerate(blocks):
        modules.update({f'block{i}': block, f'norm{i}': block.norm1})
    with recorded(**modules) as seen:
        hidden = net.middle(feat)
    tokens, codes = seen['encoder'][1], net.encoder.codes(10)
    logits = model.order_head(tokens)
    arrays = dict(
        _posed(model, model.head, hidden),
        position_table=codes[:, :64],
        position_table_full_sum=codes.sum(1),
        self_attention_out=tokens,
        tcn_expand_conv=seen['expand'][1][:, :64],
        tcn_out_1024=seen['tcn'][1].mT,
        sorting_logits_unshuffled=logits,
        sorting_argmax_unshuffled=logits.argmax(-1))
    for i, block in enumerate(blocks):
        weights = block.attention.weights(seen[f'block{i}'][0])
        arrays.update({
            f'attn{i}_weights': weights.transpose(0, 1).flatten(0, 1),
            f'attn{i}_out': seen[f'norm{i}'][1],
            f'enc{i}_out': seen[f'block{i}'][1]
        })
    return arrays
