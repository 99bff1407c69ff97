# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Errors of 2D detectors, drawn or as measured."""
from .detector_noise import DetectorNoise
from .keypoint_noise import KeypointNoise

__all__ = ['DetectorNoise', 'KeypointNoise']
