# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Representations taken apart: skeletal parts, skeleton and detail."""
from .dsd_head import ConcatHead, DirectHead, DSDHead
from .heatmap_head import DeconvHeatmapHead
from .integral_regression import IntegralRegression
from .skeleton_detail_net import SkeletonDetailNet
from .skeleton_detail_reader import SkeletonDetailReader
from .skeleton_noise import SkeletonNoise
from .skeleton_parts import SkeletonParts

__all__ = [
    'ConcatHead', 'DeconvHeatmapHead', 'DirectHead', 'DSDHead',
    'IntegralRegression', 'SkeletonDetailNet', 'SkeletonDetailReader',
    'SkeletonNoise', 'SkeletonParts'
]
