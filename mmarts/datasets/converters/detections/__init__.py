# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""2D detections and features of others, attached to annotation files."""
from .converter import Detections
from .features import Features

__all__ = ['Detections', 'Features']
