# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The release's losses, by the networks of the configs of its phases."""
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import roma
import torch
from parity import fixture
from parity.int_network import network_config

from mmarts.models.losses import ConfidenceMSELoss
from mmarts.registry import MODELS
from mmarts.structures import MeshDataSample

PHASES = dict(
    phase1='int-release_phase1_mix',
    phase2='int-release_phase2_mix',
    phase3='int-release_phase3_3dpw-h36m')
TERMS = dict(
    keypoints2d='loss_kp_2d',
    joint='loss_kp_3d',
    velocity='loss_temp_kp_3d',
    shape='loss_shape',
    pose='loss_pose',
    norm='loss_norm')
CLIPS_2D, CLIPS, FRAMES, IMAGES = 2, 5, 4, 4
_LEAVES = ('kp_2d', 'kp_3d', 'theta')
_WIDTHS = dict(kp_2d=(49, 2), kp_3d=(49, 3), theta=(85, ))


def compute_losses(kit: Path, seed: int, dtype: torch.dtype) -> dict:
    """All arrays of ``losses.npz``."""
    given = SimpleNamespace(seed=seed, dtype=dtype)
    arrays = {}
    for phase, config in PHASES.items():
        arrays.update(_of_phase(phase, small_network(config, dtype), given))
    unit = small_network(PHASES['phase3'], dtype)
    for loss in unit.losses.values():
        loss.loss_weight = 1.
    arrays.update(_unit(unit, given))
    arrays.update(
        _unused(small_network(PHASES['phase3'], dtype), arrays, given))
    return {key: np.asarray(value) for key, value in arrays.items()}


def small_network(config: str, dtype: torch.dtype):
    """The losses of a config around a network that does not matter."""
    config = network_config(
        config, **{
            'tokens.cnn.stem_dim': 8,
            'tokens.cnn.stage_dims': (8, 8, 8),
            'tokens.cnn.depths': (1, 1, 1),
            'tokens.cnn.groups': 1,
            'tokens.depth': 1
        })
    config.temporal = config.init_cfg = None
    return MODELS.build(config).to(dtype).train()


def drawn(name: str, shape: tuple, given, scale: float = 0.5) -> torch.Tensor:
    """Input of the kit's rule under ``loss/``."""
    values = fixture.inputs(f'loss/{name}', shape, given.seed)
    return torch.as_tensor(np.float32(scale) * values).to(given.dtype)


def video_targets(given, with_smpl: bool = True) -> list[MeshDataSample]:
    """Of the three clips with 3D joints."""
    clips = CLIPS - CLIPS_2D
    frames = (clips, FRAMES)
    masks = dict(
        conf2d=drawn('vid_3d_conf2d', (*frames, 49, 1), given, 1).abs(),
        conf3d=drawn('vid_3d_conf3d', (*frames, 49, 1), given, 1) > 0,
        smpl=drawn('vid_3d_wsmpl', frames, given, 1) > 0)
    masks['smpl'] &= with_smpl
    return _samples(
        kp_2d=drawn('vid_3d_kp2d', (*frames, 49, 2), given),
        kp_3d=drawn('vid_3d_kp3d', (*frames, 49, 3), given),
        theta=drawn('vid_3d_theta', (*frames, 85), given),
        **masks)


def _image_targets(given) -> list[MeshDataSample]:
    one = (IMAGES, 1)
    return _samples(
        kp_2d=drawn('img_kp2d', (IMAGES, 49, 2), given)[:, None],
        kp_3d=drawn('img_kp3d', (IMAGES, 49, 3), given)[:, None],
        theta=drawn('img_theta', (IMAGES, 85), given)[:, None],
        conf2d=drawn('img_conf2d', (IMAGES, 49, 1), given, 1).abs()[:, None],
        conf3d=drawn('img_conf3d', (IMAGES, 49, 1), given, 1)[:, None] > 0,
        smpl=torch.tensor([1, 0, 1, 1]).reshape(one) > 0)


def _samples(kp_2d, conf2d, kp_3d=None, theta=None, **masks) -> list:
    samples = []
    for i, points in enumerate(kp_2d):
        sample = MeshDataSample()
        sample.set_target('keypoints2d_crop', points, conf2d[i, ...,
                                                             0].clamp(max=1))
        if kp_3d is not None:
            sample.set_target('joints3d_rel', kp_3d[i], masks['conf3d'][i, ...,
                                                                        0])
            turns = _rotmats(theta[i])
            for name, value in (('global_orient',
                                 turns[:, :1]), ('body_pose', turns[:, 1:]),
                                ('betas', theta[i, :, 75:])):
                sample.set_target(name, value, masks['smpl'][i])
        samples.append(sample)
    return samples


def _rotmats(theta):
    return roma.rotvec_to_rotmat(theta[..., 3:75].unflatten(-1, (24, 3)))


def _predictions(kind: str, count: int, frames: int, given) -> dict:
    """Leaves that a gradient is asked for."""
    names = zip(_LEAVES, ('kp2d', 'kp3d', 'theta'))
    return {
        leaf:
        drawn(f'{kind}_pred_{name}', (count, frames, *_WIDTHS[leaf]),
              given).requires_grad_()
        for leaf, name in names
    }


def _output(leaves: dict, rows: slice = slice(None)) -> dict:
    """As ``INT.read`` gives it."""
    kp_2d, kp_3d, theta = (leaves[leaf][rows] for leaf in _LEAVES)
    turns = _rotmats(theta)
    return dict(
        keypoints2d_crop=kp_2d,
        joints3d_posed=kp_3d,
        cam=theta[..., :3],
        betas=theta[..., 75:],
        global_orient=turns[:, :, :1],
        body_pose=turns[:, :, 1:])


def _all(given) -> tuple[dict, dict, list, list, list]:
    """Predictions and targets of video and pictures."""
    clips_2d = _samples(
        drawn('vid_2d_kp2d', (CLIPS_2D, FRAMES, 49, 2), given),
        drawn('vid_2d_conf', (CLIPS_2D, FRAMES, 49, 1), given, 1).abs())
    return (_predictions('vid', CLIPS, FRAMES,
                         given), _predictions('img', IMAGES, 1,
                                              given), clips_2d,
            video_targets(given), _image_targets(given))


def terms_of(model, outs: list, samples: list, temporal: bool) -> dict:
    """Losses and their sum by the release's names."""
    losses = model.losses_of(outs, samples)
    terms = {
        theirs: losses[f'loss_{ours}']
        for ours, theirs in TERMS.items()
        if f'loss_{ours}' in losses and (temporal or ours != 'velocity')
    }
    return dict(terms, total=sum(terms.values()))


def _named(prefix: str, terms: dict) -> dict:
    return {
        f'{prefix}/{name}': float(value.detach())
        for name, value in terms.items()
    }


def _of_phase(phase: str, model, given) -> dict:
    video, image, clips_2d, clips_3d, pictures = _all(given)
    of_3d = _output(video, slice(CLIPS_2D, None))
    both = clips_2d + clips_3d
    arrays = _named(f'{phase}/video',
                    terms_of(model, [_output(video)], [both], True))
    arrays.update(
        _named(f'{phase}/video_3d_only',
               terms_of(model, [of_3d], [clips_3d], True)))
    arrays.update(
        _named(f'{phase}/image',
               terms_of(model, [_output(image)], [pictures], False)))
    merged = terms_of(model, [_output(video), _output(image)],
                      [both, pictures], True)
    arrays.update(_named(f'{phase}/merged', merged))
    merged['total'].backward()
    for kind, leaves in (('video', video), ('image', image)):
        arrays.update({
            f'{phase}/grad_{kind}_{leaf}': leaves[leaf].grad
            for leaf in _LEAVES
        })
    return arrays


def _unit(model, given) -> dict:
    """Every weight 1, and a term that the release never weighs."""
    video, image, clips_2d, clips_3d, pictures = _all(given)
    arrays = _named('unit/image',
                    terms_of(model, [_output(image)], [pictures], False))
    for name, targets in (('video', clips_3d), ('video_nosmpl',
                                                video_targets(given, False))):
        terms = terms_of(model, [_output(video)], [clips_2d + targets], True)
        terms['loss_accl'] = _acceleration(video['kp_3d'][CLIPS_2D:], targets)
        terms['total'] = terms['total'] + terms['loss_accl']
        arrays.update(_named(f'unit/{name}', terms))
    return arrays


def _acceleration(pred, targets: list):
    """Not around the root; of three frames the last one's confidence."""
    target = torch.stack([s.joints3d_rel for s in targets])
    valid = torch.stack([s.joints3d_rel_valid for s in targets])
    return ConfidenceMSELoss()(pred.diff(n=2, dim=1), target.diff(n=2, dim=1),
                               valid[:, 2:])


def _unused(model, arrays: dict, given) -> dict:
    """A term of the release on tokens, and one that is passed through."""
    tokens = drawn('joint_tokens', (CLIPS, FRAMES, 24, 768), given, 1)
    extra = dict(
        loss_delta_norm=1e-4 * float(tokens.diff(dim=1).abs().sum()),
        reconstruct_loss=0.25)
    video = {
        key.removeprefix('phase3/video/'): value
        for key, value in arrays.items() if key.startswith('phase3/video/')
    }
    video['total'] += sum(extra.values())
    return {
        f'dead/joint_tokens/{key}': value
        for key, value in dict(video, **extra).items()
    }
