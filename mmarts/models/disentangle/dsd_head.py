# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Disentangled skeleton and detail (DSD): three ways to join them."""
from typing import Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.registry import MODELS


class _SkeletonDetailHead(BaseModule):
    """Projects the pooled feature, checks the skeleton, joins both.

    Args:
        num_joints: Joints ``K`` of the skeleton.
        coords: 2 for a 2D skeleton, 3 for one with depth.
        in_dim: Channels of the pooled feature.
        detail_dim: Length of the detail vector ``x_d``.
        out_dim: Length ``C`` of the joined feature.
    """

    def __init__(self,
                 num_joints: int = 14,
                 coords: int = 2,
                 in_dim: int = 2048,
                 detail_dim: int = 512,
                 out_dim: int = 512,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.skeleton_shape = (num_joints, coords)
        self.detail = nn.Linear(in_dim, detail_dim)
        nn.init.kaiming_normal_(
            self.detail.weight, mode='fan_out', nonlinearity='relu')
        self.join = self.build_join(num_joints * coords, detail_dim, out_dim)

    def forward(self, skeleton: Tensor, pooled: Tensor) -> Tensor:
        """Joined feature.

        Args:
            skeleton: ``(B, K, coords)`` in [-1, 1] of the crop, y down.
            pooled: ``(B, in_dim)`` image feature.

        Returns:
            ``(B, out_dim)``.

        Raises:
            ValueError: If the skeleton has another shape.
        """
        if skeleton.shape[1:] != self.skeleton_shape:
            raise ValueError(
                f'{type(self).__name__} expects skeletons (B, '
                f'{self.skeleton_shape[0]}, {self.skeleton_shape[1]}), but '
                f'got {tuple(skeleton.shape)}; do `num_joints` and `coords` '
                'match the heatmaps?')
        return self.joined(skeleton.flatten(1), self.detail(pooled))


@MODELS.register_module()
class DSDHead(_SkeletonDetailHead):
    """Bilinear: ``y_k = x_s A_k x_d`` (DSD, ICCV 2019, eq. 3).

    Every term of ``y`` is skeleton times detail, so neither can stand in
    for the other.
    """

    @staticmethod
    def build_join(skeleton_dim: int, detail_dim: int,
                   out_dim: int) -> nn.Module:
        """The weights ``A``."""
        layer = nn.Bilinear(skeleton_dim, detail_dim, out_dim, bias=False)
        nn.init.kaiming_normal_(
            layer.weight, mode='fan_out', nonlinearity='relu')
        return layer

    def joined(self, skeleton: Tensor, detail: Tensor) -> Tensor:
        """``(B, 2 K)`` and ``(B, detail_dim)`` to ``(B, out_dim)``."""
        # One matrix product with the detail, then a small one with the
        # skeleton; F.bilinear goes over the outputs one by one.
        weight = self.join.weight
        by_skeleton = detail @ weight.flatten(0, 1).T
        return (by_skeleton.unflatten(1, weight.shape[:2])
                @ skeleton[..., None])[..., 0]


@MODELS.register_module()
class ConcatHead(_SkeletonDetailHead):
    """'Concat' of Table 2: one linear layer on both, side by side."""

    @staticmethod
    def build_join(skeleton_dim: int, detail_dim: int,
                   out_dim: int) -> nn.Module:
        """The layer."""
        return nn.Linear(skeleton_dim + detail_dim, out_dim)

    def joined(self, skeleton: Tensor, detail: Tensor) -> Tensor:
        """``(B, 2 K)`` and ``(B, detail_dim)`` to ``(B, out_dim)``."""
        return self.join(torch.cat([skeleton, detail], 1))


@MODELS.register_module()
class DirectHead(_SkeletonDetailHead):
    """'Direct' of Table 2: the detail vector alone; no skeleton is used."""

    @staticmethod
    def build_join(skeleton_dim: int, detail_dim: int,
                   out_dim: int) -> nn.Module:
        """A linear layer, which keeps the depth of the other two."""
        return nn.Linear(detail_dim, out_dim)

    def joined(self, skeleton: Tensor, detail: Tensor) -> Tensor:
        """``(B, 2 K)`` and ``(B, detail_dim)`` to ``(B, out_dim)``."""
        return self.join(detail)
