# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pictures with annotated people, no two of which are neighbours in time."""
from .aic import AIC
from .coco import COCO
from .freihand import FreiHAND
from .lsp import LSP, LSPExtended
from .mpii import MPII
from .muco import MuCo
from .up3d import UP3D

__all__ = [
    'AIC', 'COCO', 'FreiHAND', 'LSP', 'LSPExtended', 'MPII', 'MuCo', 'UP3D'
]
