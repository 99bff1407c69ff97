# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Hooks; each holds one concern."""
from .checkpoint_meta_hook import (CheckpointMetaHook, check_body_model,
                                   check_weights)
from .mesh_visualization_hook import MeshVisualizationHook
from .stage_hook import StageHook
from .time_budget_hook import TimeBudgetHook

__all__ = [
    'CheckpointMetaHook', 'MeshVisualizationHook', 'StageHook',
    'TimeBudgetHook', 'check_body_model', 'check_weights'
]
