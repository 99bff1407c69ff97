# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""ARTS as its authors released it: network, losses, protocol, converter."""
from . import evaluation, models, training

__all__ = ['evaluation', 'models', 'training']
