# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Small helpers that belong to no stage."""
from .configs import config_path

__all__ = ['config_path']
