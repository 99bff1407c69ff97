# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Original data of others -> what mmarts reads: clips, annotation files."""
from .body3d import MPIINF3DHP, PW3D, Human36M, MoSh
from .detections import Detections, Features
from .mocap import AMASS, BVH, CMUASFAMC, Pybullet
from .stills import AIC, COCO, LSP, MPII, UP3D, FreiHAND, LSPExtended, MuCo
from .videos2d import InstaVariety, PennAction, PoseTrack18

__all__ = [
    'AIC', 'AMASS', 'BVH', 'CMUASFAMC', 'COCO', 'Detections', 'Features',
    'FreiHAND', 'Human36M', 'InstaVariety', 'LSP', 'LSPExtended', 'MPII',
    'MPIINF3DHP', 'MuCo', 'PW3D', 'PennAction', 'PoseTrack18', 'Pybullet',
    'UP3D'
]
