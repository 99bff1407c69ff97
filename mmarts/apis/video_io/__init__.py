# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Read any video as upright RGB frames, write H.264 with the same clock."""
from .reader import VideoError, VideoReader
from .writer import VideoWriter

__all__ = ['VideoError', 'VideoReader', 'VideoWriter']
