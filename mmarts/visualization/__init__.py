# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Drawing: skeletons, meshes, overlays, pictures of predictions."""
from .mesh_visualizer import MeshVisualizer
from .overlay import blend, contact_sheet, draw_heat, draw_skeleton, side_view
from .renderer import BaseRenderer, RendererError, create_renderer

__all__ = [
    'BaseRenderer', 'MeshVisualizer', 'RendererError', 'blend',
    'contact_sheet', 'create_renderer', 'draw_heat', 'draw_skeleton',
    'side_view'
]
