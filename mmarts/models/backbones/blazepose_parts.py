# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Skeleton and pooled feature of a pose network that ships."""
import numpy as np
from torch import Tensor

from mmarts.registry import MODELS
from mmarts.structures import get_joint_set
from .blazepose_reader import BlazePoseReader

JOINTS = ('nose',
          *(f'{side}_{name}'
            for name in ('shoulder', 'elbow', 'wrist', 'hip', 'knee', 'ankle')
            for side in ('left', 'right')))


@MODELS.register_module()
class BlazePoseParts(BlazePoseReader):
    """What DSD's heads join, from BlazePose.

    To be computed once, by ``tools/extract_features.py``, for
    :class:`SkeletonDetailReader`.
    """

    def __init__(self) -> None:
        super().__init__(('c7', ))
        self.index = get_joint_set('blazepose33').index(*JOINTS)

    def forward(self, image: Tensor) -> Tensor:
        """``(B, 3, S, S)`` RGB in [0, 1] to ``(B, 2 K + 288)``.

        The places of ``K`` = 13 joints in [-1, 1] of the crop, x and y, then
        the last feature map's mean.
        """
        return self.read(image)

    def row(self, points: np.ndarray, maps: list) -> list:
        """The places, and the mean."""
        return [(2 * points[self.index] - 1).ravel(), maps[0].mean((0, 1))]
