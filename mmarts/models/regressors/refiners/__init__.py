# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Refiners: initial pose and shape -> refined ones."""
from .feature_refiners import GRURefiner, SelfAttentionRefiner
from .fusion_refiner import FusionRefiner, NoRefiner
from .motion_centric_refiner import MotionCentricRefiner

__all__ = [
    'FusionRefiner', 'GRURefiner', 'MotionCentricRefiner', 'NoRefiner',
    'SelfAttentionRefiner'
]
