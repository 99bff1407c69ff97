# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Losses of the release and when they start."""
from .loss_start_hook import LossStartHook
from .mesh_terms import edge_lengths, laplacian_energy, normal_error
from .zeroed_l1_loss import ZeroedL1Loss

__all__ = [
    'LossStartHook', 'ZeroedL1Loss', 'edge_lengths', 'laplacian_energy',
    'normal_error'
]
