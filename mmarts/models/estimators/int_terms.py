# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What INT's losses compare (ICLR 2023, section 3.4)."""
from typing import Callable, Sequence

import roma
import torch
from torch import Tensor

from mmarts.geometry.alignment import root_centre
from mmarts.utils.precision import no_autocast
from .base import stack_targets, velocities


def loss_terms(out: dict, data_samples: list,
               root: Sequence[int]) -> dict[str, Callable]:
    """Predictions and targets of one group of clips or pictures.

    What a sample has no target for is masked.

    Args:
        out: Of ``INT.read``, ``(B, T, ...)``.
        data_samples: Targets ``joints3d_rel``, ``keypoints2d_crop``,
            ``global_orient``, ``body_pose``, ``betas``.
        root: Joints whose mean is the origin of both skeletons.

    Returns:
        Name -> what makes (pred, target, valid).
    """

    def joints():
        target, valid = stack_targets(data_samples, 'joints3d_rel',
                                      out['joints3d_posed'])
        # A root without a target counts as the origin, as in the release.
        origin = target[..., root, :].nan_to_num().mean(-2, keepdim=True)
        return (root_centre(out['joints3d_posed'],
                            root), target - origin, valid)

    def pair(name, target_name):
        pred = out[name]
        return (pred, *stack_targets(data_samples, target_name, pred))

    return dict(
        keypoints2d=lambda: pair('keypoints2d_crop', 'keypoints2d_crop'),
        joint=joints,
        velocity=lambda: velocities(*joints(), torch.arange(out['cam'].shape[1]
                                                            )),
        pose=lambda: _pose(out, data_samples),
        shape=lambda: pair('betas', 'betas'),
        norm=lambda: _norms(out))


def _pose(out: dict, data_samples: list) -> tuple:
    names = ('global_orient', 'body_pose')
    targets, valid = zip(*(stack_targets(data_samples, name, out[name])
                           for name in names))
    return (torch.cat([out[name] for name in names],
                      2), torch.cat(targets, 2), valid[0] & valid[1])


def _norms(out: dict) -> tuple[Tensor, Tensor, Tensor]:
    """Of the pose as rotation vectors, and of the shape."""
    with no_autocast(out['betas']):
        turns = roma.rotmat_to_rotvec(
            torch.cat([out['global_orient'], out['body_pose']], 2))
        norms = torch.stack(
            [turns.flatten(2).norm(dim=-1), out['betas'].norm(dim=-1)], -1)
    return norms, torch.zeros_like(norms), torch.ones_like(norms[..., 0]) > 0
