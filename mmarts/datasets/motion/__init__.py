# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What FreeMotion draws from: clips, poses, varied motion, cameras."""
from .camera_sampler import Cameras, CameraSampler
from .motion_bank import MotionBank
from .motion_clips import MotionClip, load_clips
from .motion_variety import MotionVariety
from .pose_sampler import PoseSampler

__all__ = [
    'CameraSampler', 'Cameras', 'MotionBank', 'MotionClip', 'MotionVariety',
    'PoseSampler', 'load_clips'
]
