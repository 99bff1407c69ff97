# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pictures: rendered or read, cropped, augmented, with their targets."""
from .box_augment import BoxAugment, tight_boxes
from .crop_maker import CropMaker
from .crop_targets import crop_sample
from .crop_view import CropView, warp_crop
from .feature_clips import FeatureClips
from .freemotion_images import FreeMotionImages
from .freihand_pictures import FreiHANDPictures
from .picture_clips import PictureClips
from .pixel_augment import PixelAugment
from .released_crop_view import ReleasedCropView

__all__ = [
    'BoxAugment', 'CropMaker', 'CropView', 'FeatureClips', 'FreeMotionImages',
    'FreiHANDPictures', 'PictureClips', 'PixelAugment', 'ReleasedCropView',
    'crop_sample', 'tight_boxes', 'warp_crop'
]
