# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Feature extractors: inputs -> feat (B, T, C); images -> feature maps."""
from .blazepose_maps import BlazePoseMaps
from .blazepose_parts import BlazePoseParts
from .hybrid_resnet import HybridResNet
from .image_feature import ImageFeature
from .keypoint_feature import KeypointFeature
from .mmpose_parts import MMPoseBackbone, MMPoseHeatmapHead
from .resnet import ResNet
from .top_down_resnet import TopDownResNet

__all__ = [
    'BlazePoseMaps', 'BlazePoseParts', 'HybridResNet', 'ImageFeature',
    'KeypointFeature', 'MMPoseBackbone', 'MMPoseHeatmapHead', 'ResNet',
    'TopDownResNet'
]
