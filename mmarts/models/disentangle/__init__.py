# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Representations taken apart: skeletal parts, skeleton and detail."""
from .skeleton_noise import SkeletonNoise
from .skeleton_parts import SkeletonParts

__all__ = ['SkeletonNoise', 'SkeletonParts']
