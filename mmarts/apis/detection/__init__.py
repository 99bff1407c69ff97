# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""2D keypoints of annotated people by a detector, in shards."""
from .detect import DetectionJob, detect_keypoints

__all__ = ['DetectionJob', 'detect_keypoints']
