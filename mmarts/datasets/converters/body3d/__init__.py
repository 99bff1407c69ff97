# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Datasets whose people have joints or bodies in 3D."""
from .human36m import Human36M
from .mosh import MoSh
from .mpi_inf_3dhp import MPIINF3DHP
from .pw3d import PW3D

__all__ = ['Human36M', 'MPIINF3DHP', 'MoSh', 'PW3D']
