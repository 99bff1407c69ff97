# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Datasets: windows with targets in metres."""
from .freemotion import FreeMotion
from .grouped_dataset import GroupedDataset
from .grouped_sampler import GroupedSampler
from .images import (BoxAugment, FeatureClips, FreeMotionImages,
                     FreiHANDPictures, PictureClips, PixelAugment)
from .mesh_dataset import MeshDataset
from .mixed_dataset import MixedDataset
from .noise import DetectorNoise, KeypointNoise
from .real_poses import RealPoses
from .still_clips import StillClips
from .stream_sampler import StreamSampler

__all__ = [
    'BoxAugment', 'DetectorNoise', 'FeatureClips', 'FreeMotion',
    'FreeMotionImages', 'FreiHANDPictures', 'GroupedDataset', 'GroupedSampler',
    'KeypointNoise', 'MeshDataset', 'MixedDataset', 'PictureClips',
    'PixelAugment', 'RealPoses', 'StillClips', 'StreamSampler'
]
