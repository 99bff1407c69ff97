# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Original data of others -> what mmarts reads: clips, annotation files."""
from .body3d import PW3D, Human36M
from .mocap import AMASS, BVH, CMUASFAMC, Pybullet

__all__ = ['AMASS', 'BVH', 'CMUASFAMC', 'Human36M', 'PW3D', 'Pybullet']
