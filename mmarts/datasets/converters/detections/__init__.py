# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""2D detections of others, attached to annotation files."""
from .converter import Detections

__all__ = ['Detections']
