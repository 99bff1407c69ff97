# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Parametric bodies: BodyParams -> vertices, joints3d."""
from .base import BodyModel, BodyOutput
from .smpl import SMPL, FreeBody

__all__ = ['BodyModel', 'BodyOutput', 'FreeBody', 'SMPL']
