# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Checkpoints of authors' releases to checkpoints of mmarts."""
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional, Union

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from mmarts.compat.safe_load import read_file
from mmarts.registry import CHECKPOINT_CONVERTERS, MODELS
from mmarts.utils.custom_imports import import_custom
from mmarts.utils.files import whole_file
from .hooks.checkpoint_meta_hook import network_meta

# Where releases keep the state dict in a file.
_STATE_KEYS = ('model_state_dict', 'state_dict', 'model')


@dataclass
class Conversion:
    """What became of a checkpoint.

    Args:
        meta: ``meta['mmarts']`` of the file that was written.
        kept: Tensors of the original that are used.
        dropped: Why -> names of those that are not.
        notes: What a user should know, a line each.
    """

    meta: dict = field(default_factory=dict)
    kept: int = 0
    dropped: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class CheckpointConverter(ABC):
    """Knows one release: which network its weights are, and their names.

    Registered in ``CHECKPOINT_CONVERTERS`` under the name of the format, in
    ``mmarts/engine/converters`` where mmarts has the network itself, else in
    ``projects/<name>/converter.py``, hyphens as underscores.
    """

    @abstractmethod
    def config(self, weights: dict[str, Tensor]) -> Config:
        """Config of the network that these weights are of.

        Raises:
            ValueError: If they are none of the release's.
        """

    @abstractmethod
    def load(self, model: nn.Module, weights: dict[str, Tensor]) -> Conversion:
        """Put the weights into the built network, every one of its own.

        Raises:
            ValueError: If a name is not known or a weight is missing.
        """


def convert_checkpoint(source: Union[str, Path],
                       target: Union[str, Path],
                       release: str,
                       options: Optional[dict] = None) -> Conversion:
    """Convert one file.

    Args:
        source: A file of the release.
        target: File to write; whole or not at all.
        release: Name of the format, such as ``'arts-release'``.
        options: Changes of the network's config, keys with dots.

    Raises:
        FileNotFoundError: If there is no such file, or the body model that
            the network needs is missing.
        ImportError: If there is no such format.
        ValueError: If the file is not what the format says.
    """
    init_default_scope('mmarts')
    converter = _converter_of(release)
    weights = read_release(source)
    cfg = converter.config(weights)
    cfg.merge_from_dict(options or {})
    import_custom(cfg.get('custom_imports'), f'The format "{release}"')
    model = MODELS.build(cfg.model)
    conversion = converter.load(model, weights)
    conversion.meta = network_meta(model, cfg)
    with whole_file(target) as temporary:
        torch.save(
            dict(
                state_dict=model.state_dict(),
                meta=dict(mmarts=conversion.meta)), temporary)
    return conversion


def read_release(path: Union[str, Path]) -> dict[str, Tensor]:
    """State dict of a release's file; nothing in it is executed.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it holds no state dict, or objects of types that are
            not read.
    """
    content = read_file(path)
    if not isinstance(content, dict):
        raise ValueError(f'{path} holds a {type(content).__name__}, no state '
                         'dict.')
    state = next((content[k] for k in _STATE_KEYS if k in content), content)
    if not state or not all(
            isinstance(v, Tensor) for v in getattr(state, 'values', list)()):
        raise ValueError(f'{path} holds no state dict; expected one, or one '
                         f'under {" or ".join(_STATE_KEYS)}, but it has '
                         f'{sorted(map(str, content))[:8]}.')
    return {key.removeprefix('module.'): v for key, v in state.items()}


def _converter_of(release: str) -> CheckpointConverter:
    if release not in CHECKPOINT_CONVERTERS:
        module = f'projects.{release.replace("-", "_")}.converter'
        import_custom(dict(imports=[module]), f'The format "{release}"')
    if release not in CHECKPOINT_CONVERTERS:
        raise ValueError(f'{module} has no converter "{release}".')
    return CHECKPOINT_CONVERTERS.build(dict(type=release))


def load_weights(model: nn.Module, state: dict[str, Tensor]) -> None:
    """Put converted weights into a network.

    Raises:
        ValueError: If names or shapes do not fit, in one line.
    """
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        fault = ' '.join(str(error).split())[:300]
        raise ValueError(
            f'The weights do not fit the network: {fault}') from None
