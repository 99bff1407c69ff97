# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Keypoints normalised by one box for the whole window."""
import torch
from torch import Tensor, nn

from mmarts.geometry.boxes import window_box
from mmarts.registry import MODELS


@MODELS.register_module()
class BoxNormalizer(nn.Module):
    """One square box around a window's keypoints becomes [-1, 1].

    One box for all frames, so that movement stays movement. What the box
    takes away, where the person stands in the view and how large, comes back
    as context in units of the focal length, because a body away from the
    optical axis is seen under another angle (CLIFF, arXiv:2208.00571).

    Args:
        min_score: Keypoints with a lower score are set to the box centre.
        margin: Side of the square over the longer side of the tight box.
    """

    context_dim = 3

    def __init__(self, min_score: float = 0.1, margin: float = 1.2) -> None:
        super().__init__()
        self.min_score, self.margin = min_score, margin

    def forward(self, keypoints2d: Tensor, keypoints2d_score: Tensor,
                K: Tensor, image_size: Tensor) -> tuple[Tensor, Tensor]:
        """Normalise full-image pixels.

        Args:
            keypoints2d: ``(B, T, K, 2)`` pixels.
            keypoints2d_score: ``(B, T, K)`` in [0, 1].
            K: ``(B, 3, 3)`` intrinsics, pixels.
            image_size: ``(B, 2)``, not used.

        Returns:
            ``keypoints2d_norm`` ``(B, T, K, 2)`` and context ``(B, T, 3)``:
            box centre from the principal point and box side, both over the
            focal length.
        """
        seen = keypoints2d_score >= self.min_score
        centre, size = window_box(keypoints2d, seen, self.margin)
        norm = (keypoints2d -
                centre[:, None, None]) * (2 / size[:, None, None, None])
        norm = torch.where(seen[..., None], norm, 0.)
        focal = torch.stack([K[:, 0, 0], K[:, 1, 1]], -1)
        context = torch.cat(
            [(centre - K[:, :2, 2]) / focal, size[:, None] / focal[:, :1]], -1)
        return norm, context[:, None].expand(-1, norm.shape[1], -1)
