# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""DSD's heads on what a fixed pose network saw before."""
from typing import Optional

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.models.layers import ResidualMLP
from mmarts.registry import MODELS
from .skeleton_detail_net import SkeletonDetailNet


@MODELS.register_module()
class SkeletonDetailReader(SkeletonDetailNet):
    """:class:`SkeletonDetailNet` without its trunk.

    Args:
        num_joints: Joints ``K`` of the skeletons, of two coordinates.
        head: As there; None for the pooled feature alone ('Backbone' of
            Table 3).
        parameter_head: As there; None where only features are read.
        trunk: Arguments of :class:`ResidualMLP`, which is trained between
            the pooled feature, normed, and the head, in place of the trunk;
            none by default.
    """

    reads = 'feat'

    def __init__(self,
                 num_joints: int,
                 head: Optional[dict],
                 parameter_head: Optional[dict] = None,
                 trunk: Optional[dict] = None,
                 init_cfg: Optional[dict] = None) -> None:
        BaseModule.__init__(self, init_cfg)
        self.num_joints = num_joints
        self.integral = nn.Identity()
        self.trunk = nn.Identity()
        if trunk:
            self.trunk = nn.Sequential(
                nn.BatchNorm1d(trunk['in_dim']), ResidualMLP(**trunk))
        self.head = head and MODELS.build(head)
        self.parameter_head = parameter_head and MODELS.build(parameter_head)

    def maps(self, feat: Tensor) -> tuple[Tensor, Tensor]:
        """Skeleton ``(B, K, 2)`` and pooled feature out of ``(B, 2 K + C)``,
        such as :class:`BlazePoseParts` gives."""
        skeleton = feat[:, :2 * self.num_joints]
        return (skeleton.unflatten(1, (self.num_joints, 2)),
                self.trunk(feat[:, 2 * self.num_joints:]))

    def joined(self, skeleton: Tensor,
               pooled: Tensor) -> tuple[Tensor, Tensor]:
        """Skeleton and joined feature."""
        if self.head is None:
            return skeleton, pooled
        return skeleton, self.head(skeleton, pooled)
