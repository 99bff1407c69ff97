# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""ARTS as its authors released it: network, losses, protocol, converter."""
from . import converter, evaluation, models, training

__all__ = ['converter', 'evaluation', 'models', 'training']
