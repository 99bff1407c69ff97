# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Skeleton and pooled feature of a pose network that ships."""
from typing import Optional

import numpy as np
import torch
from torch import Tensor, nn

from mmarts.models.data_preprocessor import WindowPreprocessor
from mmarts.registry import MODELS
from mmarts.structures import get_joint_set

JOINTS = ('nose',
          *(f'{side}_{name}'
            for name in ('shoulder', 'elbow', 'wrist', 'hip', 'knee', 'ankle')
            for side in ('left', 'right')))


@MODELS.register_module()
class BlazePoseParts(nn.Module):
    """What DSD's heads join, from BlazePose (arXiv:2006.10204) as it is.

    It runs on LiteRT, on the processor and without gradients: its output is
    to be computed once, by ``tools/extract_features.py``, for
    :class:`SkeletonDetailReader`.
    """

    def __init__(self) -> None:
        super().__init__()
        # LiteRT reads bytes over 255.
        self.data_preprocessor = WindowPreprocessor(
            image_mean=(0., ), image_std=(1., ))
        self.index = get_joint_set('blazepose33').index(*JOINTS)
        self.trunk: Optional[object] = None

    @torch.no_grad()
    def forward(self, image: Tensor) -> Tensor:
        """``(B, 3, S, S)`` RGB in [0, 1] to ``(B, 2 K + 288)``.

        The places of ``K`` = 13 joints in [-1, 1] of the crop, x and y, then
        the last feature map's mean.
        """
        if self.trunk is None:
            # Here, as that package imports this one.
            from mmarts.apis.blazepose import BlazePoseTrunk
            self.trunk = BlazePoseTrunk()
        crops = image.movedim(1, -1).float().contiguous().cpu().numpy()
        rows = []
        for crop in crops:
            points, (last, ) = self.trunk(crop)
            rows.append(
                np.concatenate([(2 * points[self.index] - 1).ravel(),
                                last.mean((0, 1))]))
        return torch.from_numpy(np.stack(rows)).float().to(image.device)
