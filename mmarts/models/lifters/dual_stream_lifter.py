# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Dual-stream transformer that lifts 2D skeletons to 3D (ARTS, 3.2.1)."""
from typing import Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.models.layers import EncoderBlock, LearnedPosition
from mmarts.registry import MODELS
from mmarts.structures import get_joint_set

# Activations (frames x joints x channels) that a CPU core's cache holds: so
# many windows go through the blocks at once where nothing is learned.
_CACHED_VALUES = 250_000


@MODELS.register_module()
class DualStreamLifter(BaseModule):
    """2D skeletons of a window to root-centred 3D skeletons.

    ``X' = MSA_ST(X + PE_S + PE_T) + MSA_TS(X + PE_S + PE_T)`` (ARTS, ACM MM
    2024, eq. 1): in one stream joints attend to joints and then frames to
    frames, in the other the reverse; the sum of both is what the next of the
    ``L1`` blocks reads. Both embeddings are added once, before the first.

    Args:
        joint_set: Name of the set of the ``K`` joints.
        num_frames: Window length ``T`` in training; others are served by
            stretching the time embedding.
        dim: Channels ``C1`` (paper, 4.2: 256).
        depth: Blocks ``L1`` (paper, 4.2: 3).
        num_heads: Attention heads.
        mlp_ratio: Hidden channels of each MLP over ``C1``.
        context_dim: Channels of the normaliser's context, 0 for none.
        feat_dim: Channels of an optional frame feature that is added to all
            joints (the release does so, the paper does not); 0 for none.
        feat_per_joint: Whether each joint reads the frame feature by weights
            of its own. A small transformer then starts from what a plain
            MLP on the whole skeleton knows of this joint's depth.
        use_score: Whether the joints' scores are read as a third channel.
        dropout: Rate in attention and MLPs.
    """

    def __init__(self,
                 joint_set: str = 'coco19',
                 num_frames: int = 16,
                 dim: int = 256,
                 depth: int = 3,
                 num_heads: int = 8,
                 mlp_ratio: float = 2.0,
                 context_dim: int = 0,
                 feat_dim: int = 0,
                 feat_per_joint: bool = False,
                 use_score: bool = False,
                 dropout: float = 0.0,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        joints = get_joint_set(joint_set)
        self.root_index = joints.root_index
        self.use_score, self.feat_dim = use_score, feat_dim
        self.embed = nn.Linear(3 if use_score else 2, dim)
        self.embed_context = (
            nn.Linear(context_dim, dim) if context_dim else None)
        readers = len(joints) if feat_per_joint else 1
        self.embed_feat = (
            nn.Linear(feat_dim, readers * dim) if feat_dim else None)
        self.spatial_position = LearnedPosition(len(joints), dim)
        self.temporal_position = LearnedPosition(num_frames, dim)
        self.blocks = nn.ModuleList(
            DualStreamBlock(dim, num_heads, mlp_ratio, dropout)
            for _ in range(depth))
        self.head = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 3))

    def forward(self, keypoints2d_norm: Tensor, keypoints2d_score: Tensor,
                context: Tensor, feat: Tensor) -> Tensor:
        """Lift a window.

        Args:
            keypoints2d_norm: ``(B, T, K, 2)``.
            keypoints2d_score: ``(B, T, K)``; read with ``use_score``.
            context: ``(B, T, context_dim)``.
            feat: ``(B, T, C)``; read where ``feat_dim`` is set.

        Returns:
            ``joints3d_rel`` ``(B, T, K, 3)``, metres, root at the origin.
        """
        x = self._tokens(keypoints2d_norm, keypoints2d_score, context, feat)
        if torch.is_grad_enabled() or x.device.type != 'cpu':
            return self._lift(x)
        # Windows know nothing of each other. Small tensors stay in the cache
        # and in memory that is already mapped: the paper's network takes 7 %
        # less time at 16 windows.
        pieces = x.split(max(_CACHED_VALUES // x[0].numel(), 1))
        return torch.cat([self._lift(piece) for piece in pieces])

    def _lift(self, x: Tensor) -> Tensor:
        """Tokens ``(B, T, K, C)`` to ``joints3d_rel``."""
        for block in self.blocks:
            x = block(x)
        joints = self.head(x)
        return joints - joints[:, :, [self.root_index]]

    def _tokens(self, keypoints2d_norm: Tensor, score: Tensor, context: Tensor,
                feat: Tensor) -> Tensor:
        if self.use_score:
            keypoints2d_norm = torch.cat([keypoints2d_norm, score[..., None]],
                                         -1)
        x = self.embed(keypoints2d_norm)
        if self.embed_context is not None:
            x = x + self.embed_context(context)[:, :, None]
        if self.embed_feat is not None:
            x = x + self.embed_feat(feat).unflatten(-1, (-1, x.shape[-1]))
        num_frames, num_joints = x.shape[1:3]
        return (x + self.spatial_position(num_joints) +
                self.temporal_position(num_frames)[:, None])


class DualStreamBlock(nn.Module):
    """Space then time, and time then space, summed (ARTS, eq. 1)."""

    def __init__(self, dim: int, num_heads: int, mlp_ratio: float,
                 dropout: float) -> None:
        super().__init__()
        args = (dim, num_heads, mlp_ratio, dropout)
        self.spatial_first = EncoderBlock(*args)
        self.temporal_second = EncoderBlock(*args)
        self.temporal_first = EncoderBlock(*args)
        self.spatial_second = EncoderBlock(*args)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, T, K, C)`` to ``(B, T, K, C)``."""
        spatial_temporal = over_frames(self.temporal_second,
                                       over_joints(self.spatial_first, x))
        temporal_spatial = over_joints(self.spatial_second,
                                       over_frames(self.temporal_first, x))
        return spatial_temporal + temporal_spatial


def over_joints(block: nn.Module, x: Tensor) -> Tensor:
    """Run a block on the joints of each frame of ``(B, T, K, C)``."""
    return block(x.flatten(0, 1)).unflatten(0, x.shape[:2])


def over_frames(block: nn.Module, x: Tensor) -> Tensor:
    """Run a block on the frames of each joint of ``(B, T, K, C)``."""
    return over_joints(block, x.transpose(1, 2)).transpose(1, 2)
