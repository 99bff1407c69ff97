# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The one place that holds the version of mmarts."""

__version__ = '0.1.0'
