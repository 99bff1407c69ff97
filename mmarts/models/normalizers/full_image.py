# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Keypoints normalised by the whole image, as in the released ARTS."""
from torch import Tensor, nn

from mmarts.registry import MODELS


@MODELS.register_module()
class FullImageNormalizer(nn.Module):
    """``x / w * 2 - 1``, ``y / w * 2 - h / w``: the width spans [-1, 1].

    What a network sees depends on where the person stands and how large the
    image is; a small person, a portrait or a 4K picture lie outside what it
    was trained on. :class:`BoxNormalizer` does without that.
    """

    context_dim = 0

    def forward(self, keypoints2d: Tensor, keypoints2d_score: Tensor,
                K: Tensor, image_size: Tensor) -> tuple[Tensor, Tensor]:
        """Normalise full-image pixels.

        Args:
            keypoints2d: ``(B, T, K, 2)`` pixels.
            keypoints2d_score: ``(B, T, K)``, not used.
            K: ``(B, 3, 3)`` intrinsics, not used.
            image_size: ``(B, 2)`` width and height, pixels.

        Returns:
            ``keypoints2d_norm`` ``(B, T, K, 2)`` and an empty context
            ``(B, T, 0)``.
        """
        size = image_size[:, None, None]
        width = size[..., :1]
        norm = (2 * keypoints2d - size) / width
        return norm, norm.new_zeros(*norm.shape[:2], 0)
