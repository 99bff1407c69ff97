# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Layers that several stages share; each exists once."""
from .attention import MultiHeadAttention
from .drop_path import DropPath
from .position import LearnedPosition
from .residual_conv import ResidualConv
from .sine_position import sine_position
from .space_time import SpaceTimeAttention, SpaceTimeBlock
from .standardized_conv import StandardizedConv2d
from .transformer import MLP, CrossAttentionBlock, EncoderBlock, ResidualMLP

__all__ = [
    'CrossAttentionBlock', 'DropPath', 'EncoderBlock', 'LearnedPosition',
    'MLP', 'MultiHeadAttention', 'ResidualConv', 'ResidualMLP',
    'SpaceTimeAttention', 'SpaceTimeBlock', 'StandardizedConv2d',
    'sine_position'
]
