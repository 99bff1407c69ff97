# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""MPVPE."""
from typing import TYPE_CHECKING, Any, Optional, Sequence

import numpy as np
from torch import Tensor

from mmarts.registry import METRICS
from mmarts.structures import get_joint_set
from .body_set import BodyConfig
from .joint_error import mpjpe
from .joint_source import source_valid, vertex_source, vertices_of_samples
from .mesh_metric import METRES_TO_MM, MeshMetric
from .track import Track

if TYPE_CHECKING:
    from mmarts.body_models.base import BodyModel


@METRICS.register_module()
class VertexError(MeshMetric):
    """MPVPE in millimetres, root-centred: ``mpvpe``.

    Vertices come from ``pred_vertices`` and ``vertices`` or, where these
    are absent, from the body parameters. Both meshes are moved so that
    their root, read off them by the body's regressor, lies at the origin.
    Which root matters: releases differ between the pelvis of SMPL and that
    of Human3.6M.

    The error of a frame is found at once and the mesh forgotten. Windows
    therefore merge by ``'nearest-mid'`` only: a mean of meshes would need
    all of them.

    Args:
        body_model: Config or module, see :class:`MeshMetric`.
        joint_set: Joint set of the root; the body must have a regressor
            for it.
        root: Joint of that set, or None to move neither mesh.
        target_source: ``'vertices'`` or ``'body_params'``; None for the
            first that is there.
        **kwargs: ``group_by`` and MMEngine's, see :class:`MeshMetric`.
    """

    default_prefix = 'vertices'
    merge_rules = ('nearest-mid', )
    defined_by = ('mpvpe', )

    def __init__(self,
                 body_model: BodyConfig,
                 joint_set: str = 'h36m17',
                 root: Optional[str] = 'Pelvis',
                 target_source: Optional[str] = None,
                 **kwargs) -> None:
        super().__init__(body_model, **kwargs)
        if self.rules is not None:
            if (joint_set, root) != ('h36m17', 'Pelvis'):
                raise ValueError(f'Protocol "{self.rules.name}" decides the '
                                 'root of meshes; leave `joint_set` and '
                                 '`root` out.')
            joint_set, root = self.rules.vertex_root or (joint_set, None)
        self.joint_set, self.root = get_joint_set(joint_set), root
        if root is not None:
            self.root_index = self.joint_set.index(root)[0]
        self.target_source = target_source

    def frame_arrays(
            self,
            samples: Sequence[dict]) -> list[tuple[dict[str, Tensor], str]]:
        bodies = self.bodies_for(samples)
        preds = vertices_of_samples(samples, 'pred_', bodies)
        targets = vertices_of_samples(samples, '', bodies, self.target_source)
        kept = []
        for sample, pred, target in zip(samples, preds, targets):
            pred = self._centred(pred, bodies.of(sample, 'pred_'))
            target = self._centred(target, bodies.of(sample, ''))
            source = vertex_source(sample, '', self.target_source)
            valid = source_valid(sample, source, 1)[:, 0]
            error = mpjpe(pred, target).cpu()
            arrays = dict(pred_error=error.where(valid, 0.), valid=valid)
            kept.append((arrays, f'pred {vertex_source(sample, "pred_")}, '
                         f'target {source}'))
        return kept

    def measure(self, track: Track) -> dict[str, np.ndarray]:
        error = track.arrays['pred_error'][track.arrays['valid']]
        return dict(mpvpe=error.astype(np.float64) * METRES_TO_MM)

    def describe(self) -> dict[str, Any]:
        return dict(
            joint_set=self.joint_set.name,
            root=self.root,
            alignment=['none' if self.root is None else 'root'],
            unit='mm')

    def _centred(self, vertices: Tensor, body: 'BodyModel') -> Tensor:
        if self.root is None:
            return vertices
        joints = body.regress(vertices, self.joint_set.name)
        return vertices - joints[:, self.root_index, None]
