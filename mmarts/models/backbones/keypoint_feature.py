# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A frame feature made of the 2D skeleton alone: no image is needed."""
import torch
from torch import Tensor, nn

from mmarts.models.layers import ResidualMLP
from mmarts.registry import MODELS


@MODELS.register_module()
class KeypointFeature(nn.Module):
    """Residual MLP on one frame's normalised keypoints, scores and context.

    Stands where the paper has the 2048-d feature of an image network, so
    that training and the demo need neither pictures nor image weights.

    Args:
        num_joints: Joints ``K`` of the 2D skeleton.
        context_dim: Context channels of the normaliser.
        hidden_dim: Channels inside.
        feat_dim: Channels ``C`` of the feature.
        depth: Residual blocks.
    """

    def __init__(self,
                 num_joints: int = 19,
                 context_dim: int = 3,
                 hidden_dim: int = 256,
                 feat_dim: int = 256,
                 depth: int = 2) -> None:
        super().__init__()
        self.feat_dim = feat_dim
        self.mlp = ResidualMLP(num_joints * 3 + context_dim, hidden_dim,
                               feat_dim, depth)

    def forward(self, inputs: dict, keypoints2d_norm: Tensor,
                context: Tensor) -> Tensor:
        """Feature ``(B, T, C)`` of every frame.

        Args:
            inputs: Holds ``keypoints2d_score`` ``(B, T, K)``.
            keypoints2d_norm: ``(B, T, K, 2)``.
            context: ``(B, T, context_dim)``.
        """
        score = inputs['keypoints2d_score']
        return self.mlp(
            torch.cat([keypoints2d_norm.flatten(2), score, context], -1))
