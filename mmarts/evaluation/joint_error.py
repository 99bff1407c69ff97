# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""MPJPE and PA-MPJPE."""
from typing import Any, Optional, Sequence

import numpy as np
import torch
from torch import Tensor

from mmarts.geometry.alignment import procrustes_align
from mmarts.registry import METRICS
from .joint_metric import JointMetric
from .mesh_metric import METRES_TO_MM
from .track import Track

# With fewer points a similarity leaves (almost) no error of any pose.
MIN_ALIGNED_JOINTS = 3


def mpjpe(pred: Tensor,
          target: Tensor,
          valid: Optional[Tensor] = None) -> Tensor:
    """Mean distance over the valid joints of a pose.

    Args:
        pred: ``(..., K, 3)``; nothing is aligned here.
        target: ``(..., K, 3)``, same unit.
        valid: ``(..., K)`` bool, or None for all. What is not valid may be
            NaN.

    Returns:
        ``(...)`` in the unit of the input, NaN where no joint is valid.
    """
    distance = (pred - target).norm(dim=-1)
    if valid is None:
        return distance.mean(-1)
    valid = valid.bool()
    return torch.where(valid, distance, 0.).sum(-1) / valid.sum(-1)


def pa_mpjpe(pred: Tensor,
             target: Tensor,
             valid: Optional[Tensor] = None,
             mirror: bool = False) -> Tensor:
    """:func:`mpjpe` after the best similarity transform of each pose.

    See :func:`mmarts.geometry.alignment.procrustes_align`; fewer than three
    valid joints always give (nearly) 0.
    """
    aligned = procrustes_align(pred, target, valid, mirror=mirror)
    return mpjpe(aligned, target, valid)


@METRICS.register_module()
class JointError(JointMetric):
    """MPJPE and PA-MPJPE in millimetres: ``mpjpe``, ``pa_mpjpe``.

    A frame's error is the mean over its valid joints, the result the mean
    over frames with a valid joint. PA-MPJPE leaves out frames with fewer
    than three valid joints, which any pose would fit.

    Args:
        alignments: ``'root'`` gives ``mpjpe`` (roots of prediction and
            target together), ``'procrustes'`` gives ``pa_mpjpe`` (best
            rotation, scale and translation on the evaluated joints).
        **kwargs: ``joint_set``, ``root``, ``eval_joints``, ``body_model``,
            ``target_source``, ``protocol``, ``merge``, ``group_by``,
            ``prefix``; see :class:`JointMetric` and :class:`MeshMetric`.
    """

    default_prefix = 'joints3d'
    known_alignments = ('root', 'procrustes')
    defined_by = ('mpjpe', 'pa_mpjpe')

    def __init__(self,
                 alignments: Sequence[str] = ('root', 'procrustes'),
                 **kwargs) -> None:
        super().__init__(**kwargs)
        unknown = [a for a in alignments if a not in self.known_alignments]
        if unknown or not alignments:
            raise ValueError(f'`alignments` should be some of '
                             f'{self.known_alignments}, but got {alignments}.')
        self.alignments = tuple(alignments)
        if self.rules is not None:
            wanted = dict(zip(self.defined_by, self.known_alignments))
            self.alignments = tuple(wanted[m] for m in self.rules.metrics
                                    if m in wanted)

    def measure(self, track: Track) -> dict[str, np.ndarray]:
        pred, target, valid = (
            torch.from_numpy(track.arrays[k])
            for k in ('pred', 'target', 'valid'))
        pred, target = pred.double(), target.double()
        values = {}
        if 'root' in self.alignments:
            scored = valid.any(-1)
            values['mpjpe'] = mpjpe(pred, target, valid)[scored]
        if 'procrustes' in self.alignments:
            scored = valid.sum(-1) >= MIN_ALIGNED_JOINTS
            values['pa_mpjpe'] = pa_mpjpe(
                pred[scored],
                target[scored],
                valid[scored],
                mirror=self.rules is not None and self.rules.mirror)
        return {k: v.numpy() * METRES_TO_MM for k, v in values.items()}

    def describe(self) -> dict[str, Any]:
        return dict(
            super().describe(), alignment=list(self.alignments), unit='mm')
