# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Hooks; each holds one concern."""
from .atomic_checkpoint_hook import AtomicCheckpointHook
from .checkpoint_meta_hook import (CheckpointMetaHook, check_body_model,
                                   check_weights)
from .dense_frames_hook import DenseFramesHook
from .mesh_visualization_hook import MeshVisualizationHook
from .padding_hook import PaddingHook
from .random_state_hook import RandomStateHook
from .stage_hook import StageHook
from .stage_one_hook import StageOneHook
from .time_budget_hook import TimeBudgetHook

__all__ = [
    'AtomicCheckpointHook', 'CheckpointMetaHook', 'DenseFramesHook',
    'MeshVisualizationHook', 'PaddingHook', 'RandomStateHook', 'StageHook',
    'StageOneHook', 'TimeBudgetHook', 'check_body_model', 'check_weights'
]
