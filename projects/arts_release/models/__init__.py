# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The network of the authors' release of ARTS, part by part."""
from .arts_release import ARTSRelease
from .coupling_flow import CouplingFlow
from .flow_ik import FlowIK
from .iterative_regressor import IterativeRegressor
from .mesh_residual import MeshResidual
from .motion_attention import MotionAttention
from .shared_norm_lifter import SharedNormLifter
from .template_shape_fitter import TemplateShapeFitter

__all__ = [
    'ARTSRelease', 'CouplingFlow', 'FlowIK', 'IterativeRegressor',
    'MeshResidual', 'MotionAttention', 'SharedNormLifter',
    'TemplateShapeFitter'
]
