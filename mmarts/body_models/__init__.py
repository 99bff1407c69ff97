# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Parametric bodies: BodyParams -> vertices, joints3d."""
from .base import BodyModel, BodyOutput
from .mean_params import MeanParams, read_mean_params
from .smpl import SMPL, FreeBody
from .smplx_models import MANO, SMPLH, SMPLX

__all__ = [
    'BodyModel', 'BodyOutput', 'FreeBody', 'MANO', 'MeanParams', 'SMPL',
    'SMPLH', 'SMPLX', 'read_mean_params'
]
