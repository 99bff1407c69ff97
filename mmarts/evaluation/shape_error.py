# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""PVE-T: how far the shape is off, whatever the pose."""
from typing import TYPE_CHECKING, Any, Optional, Sequence

import numpy as np
import torch
from torch import Tensor

from mmarts.registry import METRICS
from mmarts.structures import BodyParams
from .body_set import BodyConfig
from .mesh_metric import METRES_TO_MM, MeshMetric
from .track import Track

if TYPE_CHECKING:
    from mmarts.body_models.base import BodyModel


@METRICS.register_module()
class ShapeError(MeshMetric):
    """Mean distance of the vertices of two unposed bodies: ``pve_t``, mm.

    Both bodies stand in the rest pose of the body model (SMPL's T-pose) with
    their roots, joint 0, at the origin. Neither pose nor place enters, so it
    measures ``betas`` alone, in millimetres of skin.

    Windows merge by ``'nearest-mid'``.

    Args:
        body_model: Config or module, see :class:`MeshMetric`.
        **kwargs: ``group_by`` and MMEngine's, see :class:`MeshMetric`.
    """

    default_prefix = 'shape'
    merge_rules = ('nearest-mid', )

    def __init__(self, body_model: BodyConfig, **kwargs) -> None:
        super().__init__(body_model, **kwargs)
        self.basis: Optional[Tensor] = None

    def frame_arrays(
            self,
            samples: Sequence[dict]) -> list[tuple[dict[str, Tensor], str]]:
        missing = [k for k in ('pred_betas', 'betas') if k not in samples[0]]
        if missing:
            raise ValueError('ShapeError needs `pred_betas` and `betas`, but '
                             f'a sample lacks {missing}.')
        if self.basis is None:
            self.basis = centred_basis(self.bodies_for(samples).main)
        kept = []
        for sample in samples:
            valid = sample['betas_valid'].cpu()
            error = pve_t(self.basis, sample['pred_betas'], sample['betas'])
            kept.append(
                (dict(pred_error=error.cpu().where(valid, 0.),
                      valid=valid), 'pred betas, target betas'))
        return kept

    def measure(self, track: Track) -> dict[str, np.ndarray]:
        error = track.arrays['pred_error'][track.arrays['valid']]
        return dict(pve_t=error.astype(np.float64) * METRES_TO_MM)

    def describe(self) -> dict[str, Any]:
        return dict(pose='rest', alignment=['root'], unit='mm')


def centred_basis(body: 'BodyModel') -> Tensor:
    """What each shape does to the vertices, root held: ``(V, 3, S)``."""
    betas = torch.eye(body.num_betas + 1, body.num_betas).to(body.v_template)
    rest = torch.eye(3).to(betas).expand(len(betas), body.num_joints, 3, 3)
    params = BodyParams(rest[:, :1], rest[:, 1:], betas)
    centred = body.vertices(params) - body.joints(params)[:, :1]
    # Betas act linearly: these are differences to the mean shape, the last.
    return (centred[:-1] - centred[-1]).permute(1, 2, 0)


def pve_t(basis: Tensor, pred: Tensor, target: Tensor) -> Tensor:
    """Mean vertex distance ``(...)`` of betas ``(..., S)``, metres."""
    difference = (pred - target).to(basis)
    # A clip has one shape or few: the mesh is made once for each.
    distinct, back = difference.flatten(0, -2).unique(
        dim=0, return_inverse=True)
    distance = torch.einsum('vcs,ns->nvc', basis, distinct).norm(dim=-1)
    return distance.mean(-1)[back].view(difference.shape[:-1])
