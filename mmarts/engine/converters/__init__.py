# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Converters of releases whose networks mmarts itself has."""
from .dsd_release import DSDReleaseConverter
from .int_release import INTReleaseConverter
from .pointhmr_release import PointHMRReleaseConverter

__all__ = [
    'DSDReleaseConverter', 'INTReleaseConverter', 'PointHMRReleaseConverter'
]
