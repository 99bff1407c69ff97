# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Released checkpoints of INT (ICLR 2023) to checkpoints of mmarts."""
from mmengine.config import Config
from torch import Tensor, nn

from mmarts.models.tokens.released_names import convert_names
from mmarts.registry import CHECKPOINT_CONVERTERS
from mmarts.utils.configs import config_path
from ..checkpoint_converter import (CheckpointConverter, Conversion,
                                    load_weights)

_TIME = 'temporal_pos_embedding'


@CHECKPOINT_CONVERTERS.register_module('int-release')
class INTReleaseConverter(CheckpointConverter):
    """yangsenius/INT_HMR_Model, commit 8f7ee91: of any phase and length."""

    def config(self, weights: dict[str, Tensor]) -> Config:
        if 'joint3d_tokens' not in weights:
            raise ValueError(
                'These are no weights of the release of INT: expected '
                f'joint3d_tokens, but got {sorted(weights)[:3]} ...')
        cfg = Config.fromfile(config_path('int_hmr/int_release.py'))
        if not any(k.startswith('temporal_transformer.') for k in weights):
            cfg.model.temporal = None
        elif _TIME in weights:
            # Training leaves the length that was run last: 16 or 64.
            cfg.model.temporal.num_frames = weights[_TIME].shape[1]
        else:
            cfg.model.temporal.num_frames = 0
        if 'blocks.0.attn.ts_attn.weight' in weights:
            cfg.model.tokens.type = 'SpaceTimeTokenViT'
        return cfg

    def load(self, model: nn.Module, weights: dict[str, Tensor]) -> Conversion:
        state, dropped = convert_names(weights)
        load_weights(model, state)
        left_out = sum(map(len, dropped.values()))
        return Conversion(kept=len(weights) - left_out, dropped=dropped)
