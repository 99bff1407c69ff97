# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pictures: rendered or read, cropped, augmented, with their targets."""
from .box_augment import BoxAugment, tight_boxes
from .crop_targets import crop_sample
from .crop_view import CropView
from .freemotion_images import FreeMotionImages
from .picture_clips import PictureClips
from .picture_maker import PictureMaker
from .pixel_augment import PixelAugment

__all__ = [
    'BoxAugment', 'CropView', 'FreeMotionImages', 'PictureClips',
    'PictureMaker', 'PixelAugment', 'crop_sample', 'tight_boxes'
]
