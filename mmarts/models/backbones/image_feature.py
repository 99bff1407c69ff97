# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pooled image features that were extracted beforehand."""
from torch import Tensor, nn

from mmarts.registry import MODELS


@MODELS.register_module()
class ImageFeature(nn.Module):
    """Hands on ``inputs['feat']``, e.g. of SPIN's ResNet-50 (ARTS 4.2).

    Args:
        feat_dim: Channels ``C`` expected.
    """

    def __init__(self, feat_dim: int = 2048) -> None:
        super().__init__()
        self.feat_dim = feat_dim

    def forward(self, inputs: dict, keypoints2d_norm: Tensor,
                context: Tensor) -> Tensor:
        """Feature ``(B, T, C)`` of every frame.

        Raises:
            KeyError: If the samples carry no features.
            ValueError: If they have another length.
        """
        if 'feat' not in inputs:
            raise KeyError(
                "ImageFeature expects inputs['feat'] (B, T, "
                f'{self.feat_dim}), but the samples carry none; does the '
                'annotation file hold image features (docs/data.md)? '
                "type='KeypointFeature' needs none.")
        feat = inputs['feat']
        if feat.shape[-1] != self.feat_dim:
            raise ValueError(f'ImageFeature was built for {self.feat_dim} '
                             f'channels, but got {tuple(feat.shape)}.')
        return feat


def image_channels(model: nn.Module) -> int:
    """Channels of the image feature that a network reads; 0 for none."""
    found = (m for m in model.modules() if isinstance(m, ImageFeature))
    return next((m.feat_dim for m in found), 0)
