# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Layers that several stages share; each exists once."""
from .attention import MultiHeadAttention
from .position import LearnedPosition
from .transformer import MLP, CrossAttentionBlock, EncoderBlock, ResidualMLP

__all__ = [
    'CrossAttentionBlock', 'EncoderBlock', 'LearnedPosition', 'MLP',
    'MultiHeadAttention', 'ResidualMLP'
]
