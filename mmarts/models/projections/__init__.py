# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Projections: posed joints and a crop's camera -> the crop."""
from .crop_perspective import CropPerspective
from .weak_perspective import WeakPerspective

__all__ = ['CropPerspective', 'WeakPerspective']
