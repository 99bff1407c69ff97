# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A ResNet whose fine map knows what coarse ones saw (arXiv:1612.03144)."""
from torch import Tensor, nn
from torch.nn import functional as F

from mmarts.registry import MODELS
from .resnet import ResNet


@MODELS.register_module()
class TopDownResNet(ResNet):
    """Two scales: the first stage's, with what later ones saw, and the last.

    The maps of all stages, 1x1 convolutions to ``top_channels`` and nearest
    upsampling: feature pyramids without their 3x3 convolutions. It stands in
    for HRNet where that is too large.

    Args:
        top_channels: Of the fine map.
        kwargs: Arguments of :class:`ResNet` but ``out_stages``.
    """

    def __init__(self, top_channels: int = 64, **kwargs) -> None:
        super().__init__(**kwargs)
        self.out_stages = tuple(range(self.num_stages))
        self.laterals = nn.ModuleList(
            nn.Conv2d(stage[-1].conv3.out_channels, top_channels, 1)
            for stage in self._stages())

    def _stages(self) -> list[nn.Sequential]:
        return [getattr(self, f'layer{i + 1}') for i in self.out_stages]

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """``(B, 3, H, W)`` to ``(B, top_channels, H / 4, W / 4)`` and the
        last stage's map."""
        maps = super().forward(image)
        fine = self.laterals[-1](maps[-1])
        for lateral, x in zip(self.laterals[-2::-1], maps[-2::-1]):
            fine = lateral(x) + F.interpolate(fine, x.shape[-2:])
        return fine, maps[-1]
