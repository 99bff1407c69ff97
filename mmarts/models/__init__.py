# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Networks: estimators and the registered parts they are made of."""
from . import (backbones, decoders, discriminators, disentangle, estimators,
               lifters, losses, normalizers, projections, regressors, temporal,
               tokens)
from .data_preprocessor import MixedPreprocessor, WindowPreprocessor

__all__ = [
    'MixedPreprocessor', 'WindowPreprocessor', 'backbones', 'decoders',
    'discriminators', 'disentangle', 'estimators', 'lifters', 'losses',
    'normalizers', 'projections', 'regressors', 'temporal', 'tokens'
]
