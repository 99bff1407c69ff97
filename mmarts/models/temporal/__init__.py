# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Networks over the frames of a clip."""
from .frame_encoder import FrameEncoder
from .order_heads import LinearOrderHead, OrderHead
from .self_attention_temporal_net import SelfAttentionTemporalNet
from .temporal_conv_net import TemporalConvNet

__all__ = [
    'FrameEncoder', 'LinearOrderHead', 'OrderHead', 'SelfAttentionTemporalNet',
    'TemporalConvNet'
]
