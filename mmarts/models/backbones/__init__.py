# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Feature extractors: inputs -> feat (B, T, C); images -> feature maps."""
from .blazepose_maps import BlazePoseMaps
from .blazepose_parts import BlazePoseParts
from .efficientnet_lite import EfficientNetLite0
from .hybrid_resnet import HybridResNet
from .image_feature import ImageFeature, image_channels
from .keypoint_feature import KeypointFeature
from .keypoint_image_feature import KeypointImageFeature
from .mmpose_parts import MMPoseBackbone, MMPoseHeatmapHead
from .resnet import ResNet
from .top_down_resnet import TopDownResNet

__all__ = [
    'BlazePoseMaps', 'BlazePoseParts', 'EfficientNetLite0', 'HybridResNet',
    'ImageFeature', 'KeypointFeature', 'KeypointImageFeature',
    'MMPoseBackbone', 'MMPoseHeatmapHead', 'ResNet', 'TopDownResNet',
    'image_channels'
]
