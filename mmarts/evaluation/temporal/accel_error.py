# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Accel: the error of acceleration."""
from torch import Tensor

from mmarts.geometry.motion import acceleration
from mmarts.registry import METRICS
from ..motion_metric import MotionMetric


@METRICS.register_module()
class AccelError(MotionMetric):
    """Accel, with its frame rate, per frame^2 and per second^2.

    Values: ``accel_mm_per_frame2_30fps`` and ``accel_mm_per_s2_30fps`` for
    tracks of 30 frames a second, and so on for every rate in the data. The
    first is what the literature prints (often called mm/s^2 there); it
    means nothing without the rate. Second differences of the prediction
    minus those of the target, unpadded; see :class:`MotionMetric` for cuts,
    masks and arguments.
    """

    name = 'accel'
    defined_by = ('accel', )
    order = 2

    @staticmethod
    def difference(points: Tensor) -> Tensor:
        return acceleration(points)
