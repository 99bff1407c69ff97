# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""MPJVE: the error of velocity."""
from torch import Tensor

from mmarts.geometry.motion import velocity
from mmarts.registry import METRICS
from ..motion_metric import MotionMetric


@METRICS.register_module()
class VelocityError(MotionMetric):
    """MPJVE (arXiv:1811.11742), with its frame rate.

    Values: ``mpjve_mm_per_frame_30fps`` and ``mpjve_mm_per_s_30fps`` for
    tracks of 30 frames a second, and so on for every rate in the data.
    First differences of the prediction minus those of the target; see
    :class:`MotionMetric` for cuts, masks and arguments.
    """

    name = 'mpjve'
    order = 1

    @staticmethod
    def difference(points: Tensor) -> Tensor:
        return velocity(points)
