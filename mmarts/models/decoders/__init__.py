# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pictures' features to meshes, without body parameters."""
from .inference_folding import fold_for_inference
from .map_decoders import (ConvFirstDecoder, ConvLastDecoder, MapDecoder,
                           SeparableDecoder)
from .masked_mesh_transformer import MaskedMeshTransformer, MeshReadout
from .mesh_body_fitter import MeshBodyFitter
from .point_sampler import PointSampler, PointTokens

__all__ = [
    'ConvFirstDecoder', 'ConvLastDecoder', 'MapDecoder', 'MeshBodyFitter',
    'MaskedMeshTransformer', 'MeshReadout', 'PointSampler', 'PointTokens',
    'SeparableDecoder', 'fold_for_inference'
]
