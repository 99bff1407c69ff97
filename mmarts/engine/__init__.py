# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Hooks, loops and schedules on top of MMEngine."""
from .hooks import CheckpointMetaHook, StageHook, TimeBudgetHook
from .schedule import scale_schedule

__all__ = [
    'CheckpointMetaHook', 'StageHook', 'TimeBudgetHook', 'scale_schedule'
]
