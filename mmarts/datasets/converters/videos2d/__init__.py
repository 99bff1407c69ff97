# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Videos whose people are annotated in the picture only."""
from .instavariety import InstaVariety
from .penn_action import PennAction
from .posetrack18 import PoseTrack18

__all__ = ['InstaVariety', 'PennAction', 'PoseTrack18']
