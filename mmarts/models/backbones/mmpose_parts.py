# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Halves of mmpose's 2D heatmap networks, for DSD's head to stand on."""
import copy

from torch import Tensor, nn

from mmarts.compat import import_optional, install_mmcv_ops_stub
from mmarts.registry import MODELS


class _MMPosePart(nn.Module):
    """Builds a part of mmpose; its package is asked for only then.

    Args:
        part: mmpose's own config of it, ``type`` with its scope:
            ``'mmpose.ResNet'``. ``init_cfg=dict(type='Pretrained',
            checkpoint=..., prefix='backbone.')`` takes the weights of a
            whole network.

    Raises:
        ImportError: If mmpose is not installed; says how to.
    """

    def __init__(self, part: dict) -> None:
        super().__init__()
        install_mmcv_ops_stub()
        import_optional('mmpose.models')
        # mmpose changes what it is given.
        self.part = MODELS.build(copy.deepcopy(part))


@MODELS.register_module()
class MMPoseBackbone(_MMPosePart):
    """Image to the last feature map of a backbone of mmpose."""

    def forward(self, image: Tensor) -> Tensor:
        """``(B, 3, H, W)`` to ``(B, C, h, w)``."""
        return self.part(image)[-1]


@MODELS.register_module()
class MMPoseHeatmapHead(_MMPosePart):
    """That feature map to heatmaps, by a head of mmpose.

    Args:
        part: As above, such as ``mmpose.HeatmapHead``.
        scale: Factor on the heatmaps. mmpose trains them to peaks of height
            1, whose softmax is nearly even: an integral regression needs
            steeper ones, or training.
    """

    def __init__(self, part: dict, scale: float = 1.0) -> None:
        super().__init__(part)
        self.scale = scale

    def forward(self, maps: Tensor) -> Tensor:
        """``(B, C, h, w)`` to logits ``(B, K, H, W)``."""
        return self.scale * self.part((maps, ))
