# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Released checkpoints of PointHMR (CVPR 2023) to checkpoints of mmarts."""
from mmengine.config import Config
from torch import Tensor, nn

from mmarts.models.decoders.released_names import convert_names
from mmarts.registry import CHECKPOINT_CONVERTERS
from mmarts.utils.configs import config_path
from ..checkpoint_converter import (CheckpointConverter, Conversion,
                                    load_weights)

_MARK = 'feature_extract_layer.0.conv1.weight'


@CHECKPOINT_CONVERTERS.register_module('pointhmr-release')
class PointHMRReleaseConverter(CheckpointConverter):
    """DCVL-3D/PointHMR_release, commit bfec235: the body's network."""

    def config(self, weights: dict[str, Tensor]) -> Config:
        if _MARK not in weights:
            raise ValueError(
                'These are no weights of the release of PointHMR: expected '
                f'{_MARK}, but got {sorted(weights)[:3]} ...')
        cfg = Config.fromfile(config_path('pointhmr/pointhmr_release.py'))
        # The file holds the backbone as it was trained.
        cfg.model.backbone.init_cfg = None
        return cfg

    def load(self, model: nn.Module, weights: dict[str, Tensor]) -> Conversion:
        state, dropped = convert_names(weights)
        load_weights(model, state)
        left_out = sum(map(len, dropped.values()))
        return Conversion(kept=len(weights) - left_out, dropped=dropped)
