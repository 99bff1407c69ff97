# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Networks of mmpose and mmdet by their scope, as parts of ours."""
from torch import nn

from mmarts.registry import MODELS
from .mmcv_ops import install_mmcv_ops_stub
from .optional import import_optional

_PACKAGES = ('mmpose', 'mmdet')


def build_any_model(config: dict) -> nn.Module:
    """Build from ``type='HRNet'`` of ours or ``'mmpose.HRNet'`` of theirs.

    Raises:
        ImportError: If the package is not installed; says how to.
        KeyError: If there is no such network.
    """
    scope = str(config['type']).partition('.')[0]
    if scope in _PACKAGES:
        install_mmcv_ops_stub()
        import_optional(f'{scope}.models')
    return MODELS.build(config)
