# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Datasets of pictures, and what training changes in them."""
from .augmentation import ClipAugmentation
from .picture_clips import PictureClips

__all__ = ['ClipAugmentation', 'PictureClips']
