# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pixels -> keypoints2d_norm; the choice is kept in the checkpoint."""
from .box import BoxNormalizer
from .full_image import FullImageNormalizer

__all__ = ['BoxNormalizer', 'FullImageNormalizer']
