# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Converters of releases whose networks mmarts itself has."""
from .int_release import INTReleaseConverter

__all__ = ['INTReleaseConverter']
