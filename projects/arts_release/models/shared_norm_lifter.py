# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The released lifter: two streams that share their layer norms."""
from typing import Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.models.layers import EncoderBlock, LearnedPosition
from mmarts.models.lifters.dual_stream_lifter import over_frames, over_joints
from mmarts.registry import MODELS
from mmarts.structures import get_joint_set

MM_TO_METRES = 1e-3
# The release's blocks come from timm's vision transformer.
_NORM_EPS = 1e-6


@MODELS.register_module()
class SharedNormLifter(BaseModule):
    """2D skeletons and image features of a window to 3D skeletons.

    Joints attend to joints and then frames to frames; from the second block
    on a second stream does so in the reverse order. After each block the
    first stream becomes the mean of both, the second the mean of itself and
    the *new* first. One pair of layer norms, for space and for time, serves
    all blocks of both streams. (Release of ARTS, commit deb8c12; the paper's
    eq. 1 is ``DualStreamLifter``.)

    Args:
        joint_set: Name of the set of the ``K`` joints.
        num_frames: Window length ``T`` in training; others are served by
            stretching the time embedding.
        feat_dim: Channels of the image feature.
        dim: Channels of a token.
        depth: Blocks of the first stream; the second has one less.
        num_heads: Attention heads.
        mlp_ratio: Hidden channels of each MLP over ``dim``.
        drop_path: Rate of the last block; it rises linearly from 0.
    """

    def __init__(self,
                 joint_set: str = 'coco19',
                 num_frames: int = 16,
                 feat_dim: int = 2048,
                 dim: int = 256,
                 depth: int = 3,
                 num_heads: int = 8,
                 mlp_ratio: float = 2.0,
                 drop_path: float = 0.2,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        num_joints = len(get_joint_set(joint_set))
        self.feat_dim = feat_dim
        self.embed = nn.Linear(2, dim)
        self.embed_feat = nn.Linear(feat_dim, dim)
        self.spatial_position = LearnedPosition(num_joints, dim)
        self.temporal_position = LearnedPosition(num_frames, dim)
        for position in (self.spatial_position, self.temporal_position):
            nn.init.zeros_(position.embedding)
        rates = torch.linspace(0, drop_path, depth).tolist()

        def blocks(first):
            return nn.ModuleList(
                EncoderBlock(
                    dim,
                    num_heads,
                    mlp_ratio,
                    norm_eps=_NORM_EPS,
                    drop_path=rate) for rate in rates[first:])

        self.spatial_first, self.temporal_second = blocks(0), blocks(0)
        self.temporal_first, self.spatial_second = blocks(1), blocks(1)
        self.norm_spatial = nn.LayerNorm(dim, _NORM_EPS)
        self.norm_temporal = nn.LayerNorm(dim, _NORM_EPS)
        self.head = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 3))

    def forward(self, keypoints2d_norm: Tensor, feat: Tensor) -> Tensor:
        """Lift a window.

        Args:
            keypoints2d_norm: ``(B, T, K, 2)``.
            feat: ``(B, T, C)``.

        Returns:
            ``(B, T, K, 3)`` metres, about the pelvis of Human3.6M. The head
            gives millimetres, as the release's does: a learning rate means
            the same there.
        """
        x = self.first_block(keypoints2d_norm, feat)
        y = x
        for i in range(len(self.temporal_first)):
            x = self._space(self.spatial_first[i + 1], x)
            x = self._time(self.temporal_second[i + 1], x)
            y = self._time(self.temporal_first[i], y)
            y = self._space(self.spatial_second[i], y)
            x = (x + y) / 2
            y = (x + y) / 2
        return self.head(x) * MM_TO_METRES

    def first_block(self, keypoints2d_norm: Tensor, feat: Tensor) -> Tensor:
        """Tokens ``(B, T, K, C)`` after the block that both streams share."""
        num_frames, num_joints = keypoints2d_norm.shape[1:3]
        x = self.embed(keypoints2d_norm) + self.embed_feat(feat)[:, :, None]
        x = x + self.spatial_position(num_joints)
        x = self._space(self.spatial_first[0], x)
        x = x + self.temporal_position(num_frames)[:, None]
        return self._time(self.temporal_second[0], x)

    def _space(self, block: nn.Module, x: Tensor) -> Tensor:
        return self.norm_spatial(over_joints(block, x))

    def _time(self, block: nn.Module, x: Tensor) -> Tensor:
        return self.norm_temporal(over_frames(block, x))
