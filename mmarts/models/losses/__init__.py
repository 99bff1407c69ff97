# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Losses; every one takes a mask and carries its weight."""
from .adversarial_loss import AdversarialLoss
from .frame_squared_loss import FrameSquaredLoss
from .heatmap_loss import HeatmapLoss
from .masked_losses import ConfidenceMSELoss, MaskedL1Loss, MaskedMSELoss
from .norm_losses import FrameNormLoss, FrobeniusNormLoss
from .order_recovery_loss import OrderRecoveryLoss
from .released_order_loss import ReleasedOrderLoss

__all__ = [
    'AdversarialLoss', 'ConfidenceMSELoss', 'FrameNormLoss',
    'FrameSquaredLoss', 'FrobeniusNormLoss', 'HeatmapLoss', 'MaskedL1Loss',
    'MaskedMSELoss', 'OrderRecoveryLoss', 'ReleasedOrderLoss'
]
