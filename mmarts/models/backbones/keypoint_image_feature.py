# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A frame feature made of the 2D skeleton and of what a picture shows."""
from torch import Tensor, nn

from mmarts.registry import MODELS
from .image_feature import ImageFeature
from .keypoint_feature import KeypointFeature


@MODELS.register_module()
class KeypointImageFeature(KeypointFeature):
    """:class:`KeypointFeature` plus a projection of an image feature.

    The projection starts at zero: with the weights of a network that reads
    skeletons alone, training begins where that one ended.

    Args:
        image_dim: Channels of ``inputs['feat']``.
        kwargs: Of :class:`KeypointFeature`.
    """

    def __init__(self, image_dim: int = 1280, **kwargs) -> None:
        super().__init__(**kwargs)
        self.image = ImageFeature(image_dim)
        self.project = nn.Sequential(
            nn.LayerNorm(image_dim), nn.Linear(image_dim, self.feat_dim))
        nn.init.zeros_(self.project[1].weight)
        nn.init.zeros_(self.project[1].bias)

    def forward(self, inputs: dict, keypoints2d_norm: Tensor,
                context: Tensor) -> Tensor:
        """Feature ``(B, T, C)`` of every frame; arguments as the parents'.

        Raises:
            KeyError, ValueError: As :class:`ImageFeature`.
        """
        seen = self.image(inputs, keypoints2d_norm, context)
        return super().forward(inputs, keypoints2d_norm,
                               context) + self.project(seen)
