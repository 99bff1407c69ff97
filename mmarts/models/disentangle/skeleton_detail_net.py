# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The single-frame network of DSD (ICCV 2019, 3.2) out of its parts."""
from typing import Optional

from mmengine.model import BaseModule
from torch import Tensor

from mmarts.registry import MODELS


@MODELS.register_module()
class SkeletonDetailNet(BaseModule):
    """Image to skeleton, joined feature and body parameters.

    Args:
        backbone: Config: image to feature map ``(B, C, h, w)``.
        heatmap_head: Config: feature map to joint logits.
        integral: Config: logits to joint coordinates.
        head: Config: skeleton and pooled feature to one feature;
            ``DSDHead``, ``ConcatHead`` or ``DirectHead``.
        parameter_head: Config: that feature to camera, pose and shape.
    """

    reads = 'image'  # of an estimator's inputs

    def __init__(self,
                 backbone: dict,
                 heatmap_head: dict,
                 integral: dict,
                 head: dict,
                 parameter_head: dict,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.backbone = MODELS.build(backbone)
        self.heatmap_head = MODELS.build(heatmap_head)
        self.integral = MODELS.build(integral)
        self.head = MODELS.build(head)
        self.parameter_head = MODELS.build(parameter_head)

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Predict from crops.

        Args:
            image: ``(B, 3, H, W)``; the paper's are 256 x 256, RGB in
                [-1, 1].

        Returns:
            ``keypoints2d_crop`` ``(B, K, 2)`` (3 with depth), ``feat``
            ``(B, C)``, and :class:`SMPLParameterHead`'s ``cam``,
            ``rotmat``, ``betas``.
        """
        skeleton, feat = self.features(image)
        return skeleton, feat, *self.parameter_head(feat)

    def features(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Skeleton and joined feature, which SATN reads."""
        return self.joined(*self.maps(image))

    def parts(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Skeleton, and pooled feature ``(B, C')``, before they are joined.
        """
        logits, pooled = self.maps(image)
        return self.integral(logits), pooled

    def maps(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Joint logits ``(B, K, H, W)`` and the pooled feature."""
        maps = self.backbone(image)
        return self.heatmap_head(maps), maps.mean((2, 3))

    def joined(self, logits: Tensor, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """Skeleton and joined feature of what :meth:`maps` gives."""
        skeleton = self.integral(logits)
        return skeleton, self.head(skeleton, pooled)
