# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Original motion capture -> clips of SMPL rotations."""
from .amass import AMASS
from .bvh import BVH
from .cmu_asfamc import CMUASFAMC
from .pybullet import Pybullet

__all__ = ['AMASS', 'BVH', 'CMUASFAMC', 'Pybullet']
