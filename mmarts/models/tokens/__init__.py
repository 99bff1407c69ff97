# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Independent tokens (INT, ICLR 2023): made, moved through time, read."""
from .timm_hybrid_init import TimmHybridInit
from .token_cache import TokenCache
from .token_heads import TokenHeads
from .token_temporal import TokenTemporal
from .token_vit import SpaceTimeTokenViT, TokenViT
from .whole_pose_temporal import WholePoseTemporal

__all__ = [
    'SpaceTimeTokenViT', 'TimmHybridInit', 'TokenCache', 'TokenHeads',
    'TokenTemporal', 'TokenViT', 'WholePoseTemporal'
]
