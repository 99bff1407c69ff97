# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Released checkpoints of DSD-SATN (ICCV 2019) to checkpoints of mmarts."""
from mmengine.config import Config
from torch import Tensor, nn

from mmarts.registry import CHECKPOINT_CONVERTERS
from mmarts.utils.configs import config_path
from ..checkpoint_converter import (CheckpointConverter, Conversion,
                                    load_weights)
from .dsd_names import convert_names

# A weight that only this network has.
_TOLD_BY = dict(single='bilinear.weight', satn='tgt_word_prj.weight')
_CONFIGS = dict(single='dsd_release', satn='satn_release')


@CHECKPOINT_CONVERTERS.register_module('dsd-release')
class DSDReleaseConverter(CheckpointConverter):
    """JDAI-CV/DSD-SATN, commit a23a7b6: the frame or the temporal network.

    Their discriminator's weights are of no use for results.
    """

    def config(self, weights: dict[str, Tensor]) -> Config:
        name = _CONFIGS[_network(weights)]
        return Config.fromfile(config_path(f'dsd_satn/{name}.py'))

    def load(self, model: nn.Module, weights: dict[str, Tensor]) -> Conversion:
        state, dropped = convert_names(weights, _network(weights))
        load_weights(model, state)
        left_out = sum(map(len, dropped.values()))
        return Conversion(kept=len(weights) - left_out, dropped=dropped)


def _network(weights: dict[str, Tensor]) -> str:
    for network, key in _TOLD_BY.items():
        if key in weights:
            return network
    raise ValueError('These are no weights of the release of DSD-SATN: '
                     f'expected {" or ".join(_TOLD_BY.values())}, but got '
                     f'{sorted(weights)[:3]} ...')
