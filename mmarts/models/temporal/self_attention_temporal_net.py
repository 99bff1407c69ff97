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
        relative: Whether attention gets the frames without their clip's mean
            and of unit scale; its tokens are added to the frames as they
            came, for the TCN. False, the paper's, gives attention and TCN
            all that frames share, in which their differences, and with them
            the order, drown.
    """

    def __init__(self,
                 encoder: Optional[dict],
                 tcn: dict,
                 relative: bool = False,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.relative = relative
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
        if self.relative:
            out = self.middle(feat[:, index].flatten(0, 1))
        else:
            out = self.tcn(self.encoder.windows(feat, index))[:, 0]
        return out.unflatten(0, feat.shape[:2])

    def middle(self, clips: Tensor) -> Tensor:
        """``(N, 9, C)`` clips to their middle frames' ``(N, tcn.dim)``."""
        return self.bring_together(clips, self.encode(clips))

    def bring_together(self, clips: Tensor, tokens: Tensor) -> Tensor:
        """:meth:`middle` of tokens that are there already."""
        if self.encoder is not None and self.relative:
            tokens = clips + tokens
        return self.tcn(tokens)[:, 0]

    def encode(self,
               clips: Tensor,
               positions: Optional[Tensor] = None) -> Tensor:
        """Tokens ``(N, 9, C)``; the clips themselves without an encoder."""
        if self.encoder is None:
            return clips
        if self.relative:
            clips = about_mean(clips)
        return self.encoder(clips, positions)


def about_mean(clips: Tensor) -> Tensor:
    """Clips ``(N, T, C)`` with mean 0 over frames and mean square 1.

    The order of frames changes nothing; frames that are all the same give 0.
    """
    away = clips - clips.mean(1, keepdim=True)
    return away * (away.square().mean((1, 2), keepdim=True) + 1e-6).rsqrt()
