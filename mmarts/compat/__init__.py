# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What lets mmarts live with the versions of its neighbours at hand."""
from .mmcv_ops import install_mmcv_ops_stub
from .optional import import_optional

__all__ = ['import_optional', 'install_mmcv_ops_stub']
