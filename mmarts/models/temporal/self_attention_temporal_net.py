# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Self-attention temporal network (DSD-SATN, ICCV 2019, 3.3)."""
from typing import Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor

from mmarts.registry import MODELS
from .temporal_conv_net import edge_index


@MODELS.register_module()
class SelfAttentionTemporalNet(BaseModule):
    """Frames are related by attention, then brought together by the TCN.

    Args:
        encoder: Config, as :class:`FrameEncoder`; None for the TCN alone
            ('DSD+TCN' of Table 3).
        tcn: Config, as :class:`TemporalConvNet`.
    """

    def __init__(self,
                 encoder: Optional[dict],
                 tcn: dict,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.encoder = MODELS.build(encoder) if encoder else None
        self.tcn = MODELS.build(tcn)

    @property
    def frames(self) -> int:
        """Frames that one output is made of."""
        return self.tcn.frames

    def forward(self, feat: Tensor) -> Tensor:
        """A feature of every frame of a video of any length.

        Args:
            feat: ``(B, T, C)``; each frame is predicted from the 9 around
                it, the edge frame repeated at the ends.

        Returns:
            ``(B, T, tcn.dim)``.
        """
        index = edge_index(feat, self.frames)
        if self.encoder is None:
            # Windows share all that the convolutions make of them.
            around = self.frames // 2
            padded = torch.cat(
                [index[0, :around], index[:, around], index[-1, around + 1:]])
            return self.tcn(feat[:, padded])
        tokens = self.encoder.windows(feat, index)
        return self.tcn(tokens)[:, 0].unflatten(0, feat.shape[:2])

    def middle(self, clips: Tensor) -> Tensor:
        """``(N, 9, C)`` clips to their middle frames' ``(N, tcn.dim)``."""
        return self.tcn(self.encode(clips))[:, 0]

    def encode(self,
               clips: Tensor,
               positions: Optional[Tensor] = None) -> Tensor:
        """Tokens ``(N, 9, C)``; the clips themselves without an encoder."""
        if self.encoder is None:
            return clips
        return self.encoder(clips, positions)
