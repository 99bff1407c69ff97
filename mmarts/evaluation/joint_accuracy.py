# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""3D PCK and its area under the curve (MPI-INF-3DHP, arXiv:1611.09813)."""
from typing import Any, Sequence

import numpy as np
import torch
from torch import Tensor

from mmarts.registry import METRICS
from .joint_metric import JointMetric
from .mesh_metric import METRES_TO_MM
from .track import Track

PCK_MM = 150.0
# The dataset's toolbox: 0, 5 ... 150 mm.
AUC_MM = tuple(5.0 * i for i in range(31))


def correct_share(distance: Tensor, valid: Tensor, threshold: float) -> Tensor:
    """Share of the valid joints that are off by no more than a threshold.

    Args:
        distance: ``(..., K)``, in any unit.
        valid: ``(..., K)`` bool.
        threshold: In the same unit.

    Returns:
        ``(...)`` in [0, 1], NaN where no joint is valid. A NaN distance is
        not correct.
    """
    correct = (distance <= threshold) & valid
    return correct.sum(-1) / valid.sum(-1)


@METRICS.register_module()
class JointAccuracy(JointMetric):
    """``pck`` and ``auc`` in percent, of root-centred joints.

    PCK is the share of joints within 150 mm of their place, AUC the mean of
    that share over the thresholds 0, 5 ... 150 mm. A frame's value is over
    its valid joints, the result the mean over frames.

    Args:
        thresholds: Millimetres, of the AUC; PCK's is the last one.
        **kwargs: See :class:`JointMetric`. A protocol may measure on other
            joints than its MPJPE.
    """

    default_prefix = 'joints3d'
    defined_by = ('pck', 'auc')

    def __init__(self, thresholds: Sequence[float] = AUC_MM, **kwargs) -> None:
        super().__init__(**kwargs)
        if not len(thresholds) or sorted(thresholds) != list(thresholds):
            raise ValueError('`thresholds` should be increasing millimetres, '
                             f'but got {thresholds}.')
        self.thresholds = tuple(thresholds)
        if self.rules is not None and self.rules.pck_joints:
            self.eval_joints = self.rules.pck_joints
            self.eval_index = self.joint_set.index(*self.eval_joints)

    def measure(self, track: Track) -> dict[str, np.ndarray]:
        pred, target, valid = (
            torch.from_numpy(track.arrays[k])
            for k in ('pred', 'target', 'valid'))
        scored = valid.any(-1)
        distance = (pred.double() - target.double()).norm(dim=-1)[scored]
        shares = torch.stack([
            correct_share(distance * METRES_TO_MM, valid[scored], threshold)
            for threshold in self.thresholds
        ]).double()
        percent = dict(pck=100 * shares[-1], auc=100 * shares.mean(0))
        return {k: v.numpy() for k, v in percent.items()}

    def describe(self) -> dict[str, Any]:
        return dict(
            super().describe(),
            alignment=['root'],
            threshold_mm=self.thresholds[-1],
            unit='percent')
