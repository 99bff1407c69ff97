# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""START HERE: one file a method; its ``outputs`` reads like the figure."""
from .arts import ARTS
from .base import BaseEstimator
from .dsd import DSD
from .int import INT
from .pointhmr import PointHMR
from .satn import SATN
from .single_frame_mlp import SingleFrameMLP
from .view_ensemble import ViewEnsemble

__all__ = [
    'ARTS', 'DSD', 'INT', 'SATN', 'BaseEstimator', 'PointHMR',
    'SingleFrameMLP', 'ViewEnsemble'
]
