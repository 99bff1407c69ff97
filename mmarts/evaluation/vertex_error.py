# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""MPVPE, and what is left of it after the best similarity."""
from typing import TYPE_CHECKING, Any, Optional, Sequence, Union

import numpy as np
import torch
from torch import Tensor

from mmarts.geometry.alignment import procrustes_align
from mmarts.registry import METRICS
from mmarts.structures import get_joint_set
from .body_set import BodyConfig, BodySet
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


def f_score(pred: np.ndarray, target: np.ndarray, threshold: float) -> float:
    """Harmonic mean of two shares: of predicted vertices with a target one
    nearer than a threshold, and of target vertices with a predicted one.

    As FreiHAND's evaluation has it (arXiv:1909.04349), after Knapitsch et
    al., TOG 2017.

    Args:
        pred: ``(V, 3)``; nothing is aligned here.
        target: ``(V', 3)``, same unit.
        threshold: Same unit.

    Returns:
        0 to 1; NaN where a vertex is not finite.
    """
    if not (np.isfinite(pred).all() and np.isfinite(target).all()):
        return float('nan')
    # Joints are scored without it, and it takes a while to load.
    from scipy.spatial import cKDTree
    precision, recall = ((cKDTree(those).query(these)[0] < threshold).mean()
                         for these, those in ((pred, target), (target, pred)))
    total = precision + recall
    return float(2 * precision * recall / total) if total else 0.0


@METRICS.register_module()
class AlignedVertexError(MeshMetric):
    """``pa_mpvpe`` in millimetres, and F-scores in shares, of aligned meshes.

    Every predicted mesh is moved by the similarity that brings all of its
    vertices nearest to the target's. An F-score :func:`f_score` is called
    ``f_score_5`` where its threshold is 5 mm. No root is needed, and no body
    where predictions and targets are vertices.

    Args:
        body_model: Config or module, see :class:`MeshMetric`.
        thresholds: Of the F-scores, millimetres.
        mirror: Whether the similarity may mirror; a protocol decides it.
        target_source: ``'vertices'`` or ``'body_params'``; None for the
            first that is there.
        **kwargs: ``protocol``, ``group_by`` and MMEngine's, see
            :class:`MeshMetric`.
    """

    default_prefix = 'vertices'
    merge_rules = ('nearest-mid', )
    defined_by = ('pa_mpvpe', 'f_score_5', 'f_score_15')

    def __init__(self,
                 body_model: Union[None, BodyConfig, BodySet] = None,
                 thresholds: Sequence[int] = (5, 15),
                 mirror: bool = False,
                 target_source: Optional[str] = None,
                 **kwargs) -> None:
        super().__init__(body_model, **kwargs)
        self.thresholds, self.target_source = tuple(thresholds), target_source
        self.mirror = mirror if self.rules is None else self.rules.mirror

    def frame_arrays(
            self,
            samples: Sequence[dict]) -> list[tuple[dict[str, Tensor], str]]:
        bodies = self.bodies_for(samples)
        preds = self._vertices(samples, 'pred_', bodies, None)
        targets = self._vertices(samples, '', bodies, self.target_source)
        kept = []
        for sample, pred, target in zip(samples, preds, targets):
            source = vertex_source(sample, '', self.target_source)
            valid = source_valid(sample, source, 1)[:, 0]
            arrays = self._errors(pred.double().cpu(), target.double().cpu())
            arrays = {
                f'pred_{name}': value.where(valid, 0.)
                for name, value in arrays.items()
            }
            arrays['valid'] = valid
            kept.append((arrays, f'pred {vertex_source(sample, "pred_")}, '
                         f'target {source}'))
        return kept

    def measure(self, track: Track) -> dict[str, np.ndarray]:
        values = {
            name.removeprefix('pred_'): array[track.arrays['valid']]
            for name, array in track.arrays.items() if name != 'valid'
        }
        if self.rules is None:
            return values
        return {k: v for k, v in values.items() if k in self.rules.metrics}

    def describe(self) -> dict[str, Any]:
        return dict(
            alignment=['procrustes'],
            mirror=self.mirror,
            thresholds_mm=list(self.thresholds),
            unit='mm, shares')

    def _errors(self, pred: Tensor, target: Tensor) -> dict[str, Tensor]:
        """``(T,)`` by name, of meshes ``(T, V, 3)``."""
        pred = procrustes_align(pred, target, mirror=self.mirror)
        values = dict(pa_mpvpe=mpjpe(pred, target) * METRES_TO_MM)
        meshes = list(zip(pred.numpy(), target.numpy()))
        for threshold in self.thresholds:
            values[f'f_score_{threshold}'] = torch.tensor(
                [f_score(*pair, threshold / METRES_TO_MM) for pair in meshes],
                dtype=torch.float64)
        return values

    def _vertices(self, samples: Sequence[dict], prefix: str, bodies: BodySet,
                  source: Optional[str]) -> list[Tensor]:
        key = f'{prefix}vertices'
        if not bodies and all(key in sample for sample in samples):
            return [torch.as_tensor(sample[key]) for sample in samples]
        return vertices_of_samples(samples, prefix, bodies, source)
