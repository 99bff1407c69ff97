# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""START HERE: one file a method; its ``outputs`` reads like the figure."""
from .arts import ARTS
from .base import BaseEstimator
from .int import INT
from .pointhmr import PointHMR
from .single_frame_mlp import SingleFrameMLP

__all__ = ['ARTS', 'INT', 'BaseEstimator', 'PointHMR', 'SingleFrameMLP']
