# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Losses; every one takes a mask and carries its weight."""
from .masked_losses import MaskedL1Loss, MaskedMSELoss
from .order_recovery_loss import OrderRecoveryLoss

__all__ = ['MaskedL1Loss', 'MaskedMSELoss', 'OrderRecoveryLoss']
