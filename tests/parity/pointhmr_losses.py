# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The release's losses and their gradients, by the estimator of its config."""
from pathlib import Path

import numpy as np
import roma
import torch
from parity import fixture
from parity.pointhmr_network import build, load, released_weights

from mmarts.models.decoders.released_names import UNUSED, own_names
from mmarts.structures import BodyParams

SAMPLES = 4
HAS_3D, HAS_2D, HAS_SMPL = (1, 0, 1, 1), (1, 1, 0, 1), (1, 1, 0, 1)
WEIGHTS = dict(joint=1000., vertices=33., keypoints2d=100., heatmap=10.)
# Of the kit's 24 joints: the 14, and what the 3D ones are relative to.
_PICKS, _PELVIS = [*range(12), 12, 18], 14
_CAMERAS = np.array([[.8, 0, 0], [1, .1, 0], [.9, 0, 0], [1.5, .3, -.2]],
                    np.float32)
_LEVELS = dict(v431='vertices_coarse', v1723='vertices_mid', v6890='vertices')
_FULL_GRADIENTS = ('transformer.xyz_regressor.weight',
                   'transformer.cam_predictor.weight', 'cam_layer.weight',
                   'transformer.transformer_1.layers.0.norm1.weight',
                   'backbone.bn1.weight')


def drawn(name: str, shape: tuple, seed: int, scale: float = 1.) -> np.ndarray:
    """Input of the kit's rule times a factor."""
    return np.float32(scale) * fixture.inputs(name, shape, seed)


def posed_vertices(body, pose, betas) -> torch.Tensor:
    """``(N, V, 3)`` of axis-angles ``(N, 72)`` and shapes."""
    like = body.v_template
    turns = roma.rotvec_to_rotmat(
        torch.as_tensor(pose).to(like).unflatten(1, (24, 3)))
    return body.vertices(
        BodyParams(turns[:, :1], turns[:, 1:],
                   torch.as_tensor(betas).to(like)))


def target_arrays(model, kit: Path, seed: int) -> dict:
    """Targets as ``PointHMR.losses_of`` wants them, and has_* of samples."""
    like = model.body_model.v_template
    stored = kit / 'inputs_losses.npz'
    if stored.is_file():
        with np.load(stored) as file:
            vertices = torch.as_tensor(file['gt_vertices_6890']).to(like)
    else:
        vertices = model.centred(
            posed_vertices(model.body_model,
                           drawn('gt_pose', (SAMPLES, 72), seed, 0.2),
                           drawn('gt_betas', (SAMPLES, 10), seed, 0.5)))
    joints3d = drawn('gt_j3d', (SAMPLES, 24, 3), seed, 0.4)
    joints3d = (joints3d - joints3d[:, [_PELVIS]])[:, _PICKS]
    joints2d = drawn('gt_j2d', (SAMPLES, 24, 2), seed, 0.4)[:, _PICKS]
    shape = (SAMPLES, 24, 1)
    seen3d, seen2d = (
        torch.as_tensor(drawn(name, shape, seed)[:, _PICKS, 0] > -1)
        for name in ('gt_j3d_conf', 'gt_j2d_conf'))
    return dict(
        meshes=model.hierarchy.coarsen(vertices),
        joints3d=torch.as_tensor(joints3d).to(like),
        joints2d=torch.as_tensor(joints2d).to(like),
        seen3d=seen3d,
        seen2d=seen2d)


def targets_of(model, given: dict, has_3d, has_smpl) -> dict:
    """Masks on :func:`target_arrays`; every sample is one frame."""
    with_3d = torch.tensor(has_3d)[:, None] > 0
    with_smpl = torch.tensor(has_smpl)[:, None] > 0
    return dict(
        joints3d=(given['joints3d'][:,
                                    None], (given['seen3d'] & with_3d)[:,
                                                                       None]),
        # The release asks for has_2d and does not use it.
        keypoints2d=(given['joints2d'][:, None], given['seen2d'][:, None]),
        **{
            name: (mesh[:, None], with_smpl)
            for name, mesh in zip(model.mesh_names, given['meshes'])
        })


def compute_losses(kit: Path, seed: int, dtype: torch.dtype) -> dict:
    """All arrays of ``losses.npz``."""
    model = build(kit, dtype, **SMALL)
    given = target_arrays(model, kit, seed)
    leaves = _predictions(model, given, seed)
    out = _outputs(model, leaves)
    targets = targets_of(model, given, HAS_3D, HAS_SMPL)
    losses = model.losses_of(out, targets)
    total = sum(losses.values())
    arrays = dict(
        has_3d=HAS_3D,
        has_2d=HAS_2D,
        has_smpl=HAS_SMPL,
        **_given(given, out),
        **_terms(losses),
        **_gradients(total, leaves),
        **_heat(model, out, targets))
    arrays.update(
        total=total,
        # Ours stays finite where the release's is NaN: no heatmap loss.
        total_no_smpl=_nan_if_empty(model, out, given),
        total_no_3d=sum(
            model.losses_of(out, targets_of(model, given, [0] * 4,
                                            HAS_SMPL)).values()))
    return {
        key: np.asarray(value.detach() if torch.is_tensor(value) else value)
        for key, value in arrays.items()
    }


# A network that does not matter around the losses.
SMALL = {
    'transformer.layers': 1,
    'transformer.hidden_dims': (8, 8),
    'backbone':
    dict(type='ResNet', blocks=(1, ), base_channels=8, _delete_=True),
    'sampler.in_dims': (32, 32),
    'sampler.heatmap': dict(type='SeparableDecoder', dim=8, depth=1),
    'sampler.feature': dict(type='SeparableDecoder', dim=8, depth=1),
    'sampler.grid': dict(type='SeparableDecoder', dim=8, depth=1),
}


def _predictions(model, given: dict, seed: int) -> dict:
    like = given['joints3d']
    draws = dict(
        cam=_CAMERAS + drawn('pred_cam', (SAMPLES, 3), seed, 0.02),
        joints=drawn('pred_j3d', (SAMPLES, 14, 3), seed, 0.4),
        logits=drawn('pred_heat_logits', (SAMPLES, 431, 56, 56), seed, 2))
    leaves = {k: torch.as_tensor(v).to(like) for k, v in draws.items()}
    for name, mesh in zip(_LEVELS, given['meshes'][::-1]):
        noise = drawn(f'pred_{name}', tuple(mesh.shape), seed, 0.05)
        # The release adds in float32.
        leaves[name] = (mesh.float() + torch.as_tensor(noise)).to(like)
    return {k: v.requires_grad_() for k, v in leaves.items()}


def _outputs(model, leaves: dict) -> dict:
    """What the estimator's ``outputs`` would give of such predictions."""
    out = {name: leaves[key] for key, name in _LEVELS.items()}
    out.update(
        cam=leaves['cam'],
        heat_logits=leaves['logits'],
        joints3d_token=leaves['joints'],
        joints3d_mesh=model.body_model.regress(leaves['v6890'],
                                               model.joint_set))
    out = {name: value[:, None] for name, value in out.items()}
    for reading in ('token', 'mesh'):
        out[f'keypoints2d_crop_{reading}'] = model.projection(
            out[f'joints3d_{reading}'], out['cam'])
    return out


def _given(given: dict, out: dict) -> dict:
    fine, middle, coarse = given['meshes']

    def with_confidence(points, seen):
        return torch.cat([points, seen[..., None].to(points)], -1)

    return dict(
        pred_cam=out['cam'][:, 0],
        gt_vertices_6890_every10=fine[:, ::10],
        gt_vertices_1723=middle,
        gt_vertices_431=coarse,
        gt_joints3d_14=with_confidence(given['joints3d'], given['seen3d']),
        gt_joints2d_14=with_confidence(given['joints2d'], given['seen2d']),
        pred_joints_mesh14=out['joints3d_mesh'][:, 0],
        pred_joints2d_mesh14=out['keypoints2d_crop_mesh'][:, 0])


def _terms(losses: dict) -> dict:
    """Unweighted, under the kit's names."""

    def plain(term, kind):
        return losses[f'loss_{term}'] / WEIGHTS[kind]

    terms = {
        f'loss_{kit}_{reading}': plain(f'{ours}_{reading}', ours)
        for kit, ours in (('3d', 'joint'), ('2d', 'keypoints2d'))
        for reading in ('token', 'mesh')
    }
    terms.update({
        f'loss_{key}': plain(name, 'vertices')
        for key, name in _LEVELS.items()
    })
    return dict(
        terms,
        loss_heat=plain('heatmap', 'heatmap'),
        loss_3d_sum=terms['loss_3d_token'] + terms['loss_3d_mesh'],
        loss_2d_sum=terms['loss_2d_token'] + terms['loss_2d_mesh'],
        loss_vertices_sum=0.33 * sum(terms[f'loss_{k}'] for k in _LEVELS),
        weights=(1000., 100., 100., 10.),
        weights_names=('3d (token+mesh)', 'vertices (0.33 each)',
                       '2d (token+mesh)', 'heatmap'))


def _gradients(total, leaves: dict) -> dict:
    total.backward(retain_graph=True)
    grad = {name: leaf.grad for name, leaf in leaves.items()}
    return dict(
        grad_cam=grad['cam'],
        grad_joints=grad['joints'],
        grad_v431=grad['v431'],
        grad_v1723_every4=grad['v1723'][:, ::4],
        grad_v6890_every10=grad['v6890'][:, ::10],
        grad_logits_sub=grad['logits'][:, ::40, ::4, ::4],
        grad_logits_norm=grad['logits'].float().norm())


@torch.no_grad()
def _heat(model, out: dict, targets: dict) -> dict:
    loss = model.losses['heatmap']
    vertices, valid = targets['vertices_coarse']
    points = model.projection(vertices, out['cam'])[:, 0][valid[:, 0]]
    logits = out['heat_logits'][:, 0][valid[:, 0]]
    index, kept = loss.pixels(points, logits.shape[2:])
    outside = (points < -1) | (points >= 1)
    arrays = dict(
        heat_gt_index=index[kept],
        heat_flag_bits=np.packbits(kept.numpy(), axis=-1),
        heat_flag_shape=kept.shape,
        heat_n_targets=kept.sum(),
        heat_n_wrapped=(kept & outside.any(-1)).sum())

    def of(kind, logits):
        weights = loss.cross_entropy, loss.dice, loss.loss_weight
        loss.cross_entropy = 1000. * (kind != 'dice')
        loss.dice = float(kind != 'bce')
        loss.loss_weight = 1.
        value = loss(logits, points, valid[:, 0][valid[:, 0]])
        loss.cross_entropy, loss.dice, loss.loss_weight = weights
        return value

    # As good as it gets: everything in the cell of the target.
    cell = (index // 112 // 2) * 56 + index % 112 // 2
    perfect = torch.zeros(logits.shape).flatten(2).to(logits)
    perfect = perfect.scatter(-1, cell[..., None], 1e3).view(logits.shape)
    return dict(
        arrays,
        loss_heat_bce_x1000=of('bce', logits),
        loss_heat_dice=of('dice', logits),
        heat_loss_of_perfect_56px_prediction=of('both', perfect),
        heat_loss_uniform=of('both', torch.zeros_like(logits)))


def _nan_if_empty(model, out: dict, given: dict) -> float:
    losses = model.losses_of(out,
                             targets_of(model, given, HAS_3D, [0] * SAMPLES))
    assert losses['loss_heatmap'] == 0 and all(
        torch.isfinite(value) for value in losses.values())
    return np.nan


def compute_gradients(kit: Path, seed: int, dtype: torch.dtype) -> dict:
    """All arrays of ``gradients.npz``."""
    model = build(kit, dtype)
    weights = released_weights(kit, seed)
    camera = 'transformer.cam_predictor.'
    weights[camera + 'weight'] = np.float32(0.05) * weights[camera + 'weight']
    weights[camera + 'bias'] = torch.tensor([.8, 0, 0])
    load(model, weights)
    given = target_arrays(model, kit, seed)
    targets = {
        name: tuple(x[:2] for x in pair)
        for name, pair in targets_of(model, given, [1] * 4, [1] * 4).items()
    }
    image = torch.as_tensor(fixture.inputs('image', (2, 3, 224, 224), seed))
    out = model.outputs(dict(image=image[:, None].to(dtype)))
    losses = model.losses_of(out, targets)
    total = sum(losses.values())
    total.backward()
    own = dict(model.named_parameters())
    terms = _terms(losses)
    names = _parameter_names(kit, weights)
    arrays = dict(
        pred_cam=out['cam'][:, 0],
        total=total,
        loss_2d=terms['loss_2d_sum'],
        loss_3d=terms['loss_3d_sum'],
        loss_v=terms['loss_vertices_sum'],
        grad_norm_names=names,
        grad_norms=[_norm(key, own) for key in names])
    for key in _FULL_GRADIENTS:
        arrays[f'grad/{key}'] = own[own_names(key)[0]].grad
    return {
        key: np.asarray(value.detach() if torch.is_tensor(value) else value)
        for key, value in arrays.items()
    }


def _parameter_names(kit: Path, weights: dict) -> list[str]:
    """The release's parameters, in the kit's order."""
    ending = ('running_mean', 'running_var', 'num_batches_tracked')
    names = [key for key in weights if not key.endswith(ending)]
    with np.load(kit / 'gradients.npz') as file:
        listed = [str(name) for name in file['grad_norm_names']]
    return listed if sorted(listed) == sorted(names) else names


def _norm(key: str, own: dict) -> float:
    """Of a weight of the release, which may be two of ours."""
    if key.startswith(UNUSED):
        return 0.
    grads = [own[name].grad for name in own_names(key)]
    return float(sum(g.square().sum() for g in grads if g is not None)**0.5)
