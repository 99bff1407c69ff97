# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The joint sets of bodies and datasets, a family a file."""
from .coco import COCO_SETS
from .hands import HAND_SETS
from .human36m import HUMAN36M_SETS
from .mpi_inf_3dhp import MPI_INF_3DHP_SETS
from .pictures import PICTURE_SETS
from .smpl import SMPL_SETS
from .spin import SPIN_SETS

JOINT_SETS = {
    s.name: s
    for s in (*SMPL_SETS, *COCO_SETS, *HUMAN36M_SETS, *PICTURE_SETS,
              *SPIN_SETS, *MPI_INF_3DHP_SETS, *HAND_SETS)
}

__all__ = ['JOINT_SETS']
