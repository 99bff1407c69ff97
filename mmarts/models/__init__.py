# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Networks: estimators and the registered parts they are made of."""
from . import (backbones, discriminators, disentangle, estimators, lifters,
               losses, normalizers, projections, regressors, temporal, tokens)
from .data_preprocessor import PicturePreprocessor, WindowPreprocessor

__all__ = [
    'PicturePreprocessor', 'WindowPreprocessor', 'backbones', 'discriminators',
    'disentangle', 'estimators', 'lifters', 'losses', 'normalizers',
    'projections', 'regressors', 'temporal', 'tokens'
]
