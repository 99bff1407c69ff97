# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""How far the shape is off, whatever the pose: skin, stature, bones."""
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

UNITS = dict(pve_t=METRES_TO_MM, stature=METRES_TO_MM, relative_bones=100.)


@METRICS.register_module()
class ShapeError(MeshMetric):
    """Distance of two unposed bodies.

    Both stand in the rest pose of the body model (SMPL's T-pose). Neither
    pose nor place enters, so it measures ``betas`` alone:

    - ``pve_t``: mean distance of the vertices, roots (joint 0) at the
      origin, mm;
    - ``stature``: how much too tall or too small, mm;
    - ``relative_bones``: by how much the bones of the kinematic tree, each
      over the stature, are too long or too short, mean over bones, percent.
      Unlike the other two it can be seen by one camera of unknown distance.

    Windows merge by ``'nearest-mid'``.

    Args:
        body_model: Config or module, see :class:`MeshMetric`.
        **kwargs: ``group_by`` and MMEngine's, see :class:`MeshMetric`.
    """

    default_prefix = 'shape'
    merge_rules = ('nearest-mid', )

    def __init__(self, body_model: BodyConfig, **kwargs) -> None:
        super().__init__(body_model, **kwargs)
        self.body: 'Optional[BodyModel]' = None
        self.basis: Optional[Tensor] = None

    def frame_arrays(
            self,
            samples: Sequence[dict]) -> list[tuple[dict[str, Tensor], str]]:
        missing = [k for k in ('pred_betas', 'betas') if k not in samples[0]]
        if missing:
            raise ValueError('ShapeError needs `pred_betas` and `betas`, but '
                             f'a sample lacks {missing}.')
        if self.basis is None:
            self.body = self.bodies_for(samples).main
            self.basis = centred_basis(self.body)
        kept = []
        for sample in samples:
            valid = sample['betas_valid'].cpu()
            errors = self._errors(sample['pred_betas'], sample['betas'])
            arrays = {
                f'pred_{name}': error.cpu().where(valid, 0.)
                for name, error in errors.items()
            }
            kept.append((dict(arrays,
                              valid=valid), 'pred betas, target betas'))
        return kept

    def _errors(self, pred: Tensor, target: Tensor) -> dict[str, Tensor]:
        """Errors ``(F,)`` of betas ``(F, S)``: metres, metres, parts of 1."""
        from mmarts.body_models.stature import relative_bones, stature

        # A clip has one shape or few: meshes are made once for each.
        pairs, back = torch.stack([pred, target.to(pred)], 1).unique(
            dim=0, return_inverse=True)
        pred, target = pairs.to(self.basis).unbind(1)
        bones, true_bones = (
            relative_bones(self.body, b) for b in (pred, target))
        errors = dict(
            pve_t=pve_t(self.basis, pred, target),
            stature=(stature(self.body, pred) -
                     stature(self.body, target)).abs(),
            relative_bones=(bones / true_bones - 1).abs().mean(-1))
        return {name: error[back] for name, error in errors.items()}

    def measure(self, track: Track) -> dict[str, np.ndarray]:
        valid = track.arrays['valid']
        return {
            name: track.arrays[f'pred_{name}'][valid].astype(np.float64) * unit
            for name, unit in UNITS.items()
        }

    def describe(self) -> dict[str, Any]:
        return dict(
            pose='rest',
            alignment=['root'],
            unit='mm; relative_bones: percent')


def centred_basis(body: 'BodyModel') -> Tensor:
    """What each shape does to the vertices, root held: ``(V, 3, S)``."""
    betas = torch.eye(body.num_betas + 1, body.num_betas).to(body.v_template)
    rest = torch.eye(3).to(betas).expand(len(betas), body.num_joints, 3, 3)
    params = BodyParams(rest[:, :1], rest[:, 1:], betas)
    centred = body.vertices(params) - body.joints(params)[:, :1]
    # Betas act linearly: these are differences to the mean shape, the last.
    return (centred[:-1] - centred[-1]).permute(1, 2, 0)


def pve_t(basis: Tensor, pred: Tensor, target: Tensor) -> Tensor:
    """Mean vertex distance ``(N,)`` of betas ``(N, S)``, metres."""
    difference = torch.einsum('vcs,ns->nvc', basis, (pred - target).to(basis))
    return difference.norm(dim=-1).mean(-1)
