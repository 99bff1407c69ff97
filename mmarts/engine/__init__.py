# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Hooks, loops and schedules on top of MMEngine."""
from .bfloat16_optim_wrapper import BFloat16OptimWrapper
from .distributed_model import DistributedModel
from .hooks import (AtomicCheckpointHook, CheckpointMetaHook, DenseFramesHook,
                    PaddingHook, RandomStateHook, StageHook, StageOneHook,
                    TimeBudgetHook)
from .joint_optim_wrapper import AdversarialConstructor, JointOptimWrapper
from .schedule import scale_schedule
from .stream_train_loop import StreamTrainLoop

__all__ = [
    'AdversarialConstructor', 'AtomicCheckpointHook', 'BFloat16OptimWrapper',
    'CheckpointMetaHook', 'DenseFramesHook', 'DistributedModel',
    'JointOptimWrapper', 'PaddingHook', 'RandomStateHook', 'StageHook',
    'StageOneHook', 'StreamTrainLoop', 'TimeBudgetHook', 'scale_schedule'
]
