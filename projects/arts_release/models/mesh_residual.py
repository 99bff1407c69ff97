# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The mesh branch of the release, which the paper does not mention."""
from typing import Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from mmarts.body_models import BodyModel
from mmarts.registry import MODELS
from mmarts.structures import get_joint_set

# The release looks these up in Human3.6M's joints, whatever set is read.
_TABLE_SET = 'h36m17'
_FEAT_TOKENS = 32


@MODELS.register_module()
class MeshResidual(BaseModule):
    """A skeleton and an image feature to a mesh, without a body model.

    431 vertices start at a joint each. Three blocks mix the tokens of the
    joints, the vertices and the image feature and move the vertices; two
    convolutions along the axes x, y, z make the full mesh of them. Nothing
    in it is non-linear. The release's blocks also give joints, which nothing
    reads; these layers are left out here.

    Args:
        body_model: Built body, given by the estimator; not kept.
        mean_vertices: ``(V, 3)`` metres, given by the estimator.
        joint_set: Set of the ``K`` joints of the skeleton.
        feat_dim: Channels of the image feature, read as 32 tokens.
        num_blocks: Blocks that mix tokens.
        middle_vertices: Channels between the convolutions.
        mesh_level: Mesh of the body that has as many vertices as the blocks
            move. Where they start is stored in checkpoints
            (``vertex_joint``); those of the release have a table of theirs.
    """

    def __init__(self,
                 body_model: BodyModel,
                 mean_vertices: Tensor,
                 joint_set: str = 'coco19',
                 feat_dim: int = 2048,
                 num_blocks: int = 3,
                 middle_vertices: int = 1732,
                 mesh_level: str = 'coarse',
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        chosen = mean_vertices[body_model.mesh_level(mesh_level)]
        table = nearest_joints(body_model, mean_vertices, chosen)
        self.register_buffer('vertex_joint', table)
        dim = feat_dim // _FEAT_TOKENS
        num_joints = len(get_joint_set(joint_set))
        self.blocks = nn.ModuleList(
            TokenBlock(num_joints, len(table), dim) for _ in range(num_blocks))
        self.upsample = nn.Sequential(
            AxisConv(len(table), middle_vertices, 3, padding=1),
            AxisConv(middle_vertices, len(mean_vertices), 3, padding=1))

    def forward(self, joints: Tensor, feat: Tensor) -> Tensor:
        """``(B, K, 3)`` metres and ``(B, C)`` to vertices ``(B, V, 3)``."""
        vertices = joints[:, self.vertex_joint]
        feat = feat.unflatten(-1, (_FEAT_TOKENS, -1))
        for block in self.blocks:
            vertices = block(joints, vertices, feat)
        return self.upsample(vertices)


class TokenBlock(nn.Module):
    """Vertices moved by what joints, vertices and feature say together."""

    def __init__(self, num_joints: int, num_vertices: int, dim: int) -> None:
        super().__init__()
        self.embed_joints = nn.Linear(3, dim)
        self.embed_vertices = nn.Linear(3, dim)
        num_tokens = num_joints + num_vertices + _FEAT_TOKENS
        self.readout = TokenReadout(num_tokens, num_vertices, dim)

    def forward(self, joints: Tensor, vertices: Tensor,
                feat: Tensor) -> Tensor:
        """``(B, K, 3)``, ``(B, N, 3)``, ``(B, 32, dim)``: ``(B, N, 3)``."""
        tokens = torch.cat([
            self.embed_joints(joints),
            self.embed_vertices(vertices),
            feat,
        ], 1)
        return vertices + self.readout(tokens)


class TokenReadout(nn.Module):
    """Points, each a mixture of all tokens."""

    def __init__(self, num_tokens: int, num_points: int, dim: int) -> None:
        super().__init__()
        self.mix = nn.Linear(num_tokens, num_points)
        self.head = nn.Linear(dim, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        """``(B, num_tokens, dim)`` to ``(B, num_points, 3)``."""
        return self.head(self.mix(tokens.mT).mT)


class AxisConv(nn.Conv1d):
    """A convolution along three places as one matrix product.

    Its channels are thousands and its places three, which torch's own
    kernels are slow at.
    """

    def forward(self, x: Tensor) -> Tensor:
        """``(B, in, 3)`` to ``(B, out, 3)``."""
        places = F.pad(x, self.padding * 2).unfold(2, *self.kernel_size, 1)
        places = places.transpose(1, 2).flatten(2)
        return F.linear(places, self.weight.flatten(1), self.bias).mT


def nearest_joints(body_model: BodyModel, mean_vertices: Tensor,
                   points: Tensor) -> Tensor:
    """Which joint of the mean mesh each point lies nearest to.

    Args:
        body_model: A body with a regressor of Human3.6M's joints.
        mean_vertices: ``(V, 3)`` metres.
        points: ``(N, 3)`` metres.

    Returns:
        ``(N,)`` indices into Human3.6M's 17 joints.
    """
    joints = body_model.regress(mean_vertices, _TABLE_SET)
    return distances(points, joints).argmin(-1)


def distances(points: Tensor, others: Tensor) -> Tensor:
    """``(N, 3)`` and ``(M, 3)``: ``(N, M)``, exact where they coincide."""
    return torch.cdist(
        points, others, compute_mode='donot_use_mm_for_euclid_dist')
