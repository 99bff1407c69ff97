# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Lifters: keypoints2d_norm -> joints3d_rel."""
from .dual_stream_lifter import DualStreamLifter

__all__ = ['DualStreamLifter']
