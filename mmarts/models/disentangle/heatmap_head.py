# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Heatmaps from a feature map, by deconvolutions (arXiv:1804.06208)."""
from typing import Optional

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.registry import MODELS


@MODELS.register_module()
class DeconvHeatmapHead(BaseModule):
    """Doubles a feature map's size a few times, then one map a joint.

    DSD (ICCV 2019, 3.2) stacks three deconvolutions on the backbone.

    Args:
        in_channels: Of the feature map.
        num_joints: Joints ``K``.
        num_layers: Deconvolutions; each doubles height and width.
        channels: Of each deconvolution.
        depth: Cells ``D`` along the optical axis; 0 for 2D heatmaps.
    """

    def __init__(self,
                 in_channels: int = 2048,
                 num_joints: int = 14,
                 num_layers: int = 3,
                 channels: int = 256,
                 depth: int = 0,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.depth = depth
        layers = []
        for i in range(num_layers):
            before = channels if i else in_channels
            layers += [
                nn.ConvTranspose2d(before, channels, 4, 2, 1, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(inplace=True)
            ]
        self.deconv_layers = nn.Sequential(*layers)
        self.final_layer = nn.Conv2d(channels, num_joints * max(depth, 1), 1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits ``(B, K, H, W)``, or ``(B, K, D, H, W)`` with a depth."""
        logits = self.final_layer(self.deconv_layers(x))
        return logits.unflatten(1, (-1, self.depth)) if self.depth else logits
