# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Losses; every one takes a mask and carries its weight."""
from .heatmap_loss import HeatmapLoss
from .masked_losses import ConfidenceMSELoss, MaskedL1Loss, MaskedMSELoss
from .norm_losses import FrameNormLoss, FrobeniusNormLoss
from .order_recovery_loss import OrderRecoveryLoss

__all__ = [
    'ConfidenceMSELoss', 'FrameNormLoss', 'FrobeniusNormLoss', 'HeatmapLoss',
    'MaskedL1Loss', 'MaskedMSELoss', 'OrderRecoveryLoss'
]
