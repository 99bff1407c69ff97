# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Hooks, loops and schedules on top of MMEngine."""
from .bfloat16_optim_wrapper import BFloat16OptimWrapper
from .hooks import CheckpointMetaHook, StageHook, TimeBudgetHook
from .schedule import scale_schedule

__all__ = [
    'BFloat16OptimWrapper', 'CheckpointMetaHook', 'StageHook',
    'TimeBudgetHook', 'scale_schedule'
]
