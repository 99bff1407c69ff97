# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""2D pose of the people of a video: BlazePose, which ships."""
from .blazepose_2d import (LANDMARKS_OF_JOINTS, BlazePose2D, Pose2D,
                           landmarks_to_pose2d)

__all__ = [
    'LANDMARKS_OF_JOINTS', 'BlazePose2D', 'Pose2D', 'landmarks_to_pose2d'
]
