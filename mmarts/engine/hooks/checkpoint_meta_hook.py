# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Checkpoints that need no config beside them and know their body."""
import time

import torch
from mmengine.config import Config, ConfigDict
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer
from torch import nn

from mmarts.registry import HOOKS
from mmarts.utils.models import unwrap_model
from mmarts.version import __version__


@HOOKS.register_module()
class CheckpointMetaHook(Hook):
    """Writes and checks ``meta['mmarts']`` of a checkpoint.

    It holds the model's config as plain data (never executed, unlike
    MMEngine's config text), ``custom_imports``, the version, and the model's
    ``checkpoint_meta()``: body model, joint set, window, frame rate,
    normaliser. ``train_seconds`` is the time of the training loop so far,
    resumed runs included.

    MMEngine loads what fits and logs the rest; that is right for training
    from other weights and wrong for measuring. ``strict`` makes it an error.

    It also turns MMEngine's log history into tensors and back: pickled as it
    is, it names functions, and a safe reader must refuse those.
    """

    priority = 'VERY_LOW'

    def __init__(self, strict: bool = False) -> None:
        self.strict = strict
        self.seconds_before = 0.0
        self.start = None

    def before_train(self, runner) -> None:
        """Start the clock."""
        self.start = time.monotonic()

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Add what the weights cannot say themselves."""
        checkpoint['meta']['mmarts'] = network_meta(
            unwrap_model(runner.model), runner.cfg, self.train_seconds())
        hub = checkpoint.get('message_hub', {})
        if 'log_scalars' in hub:
            checkpoint['message_hub'] = dict(
                hub,
                log_scalars={
                    key: _buffer_to_dict(buffer)
                    for key, buffer in hub['log_scalars'].items()
                })

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Refuse weights of another body and, if strict, of another net.

        Raises:
            ValueError: Naming both bodies, or the weights that differ.
        """
        if self.strict:
            check_weights(checkpoint['state_dict'], unwrap_model(runner.model))
        meta = checkpoint.get('meta', {}).get('mmarts')
        if meta is not None:
            check_body_model(
                meta['body_model_id'],
                unwrap_model(runner.model).body_model.body_model_id)
            if runner._resume:
                self.seconds_before = meta['train_seconds']
        hub = checkpoint.get('message_hub', {})
        for key, saved in hub.get('log_scalars', {}).items():
            if isinstance(saved, dict):
                hub['log_scalars'][key] = HistoryBuffer(
                    saved['log'].tolist(), saved['count'].tolist(),
                    saved['max_length'])

    def train_seconds(self) -> float:
        """Seconds of training so far."""
        now = 0.0 if self.start is None else time.monotonic() - self.start
        return self.seconds_before + now


def network_meta(model: nn.Module,
                 cfg: Config,
                 train_seconds: float = 0.0) -> dict:
    """What a checkpoint says so that nothing else is needed.

    Args:
        model: Estimator.
        cfg: With its ``model`` and perhaps ``custom_imports``.
        train_seconds: Time of training so far.
    """
    return dict(
        model.checkpoint_meta(),
        version=__version__,
        train_seconds=train_seconds,
        model=plain(cfg.model),
        custom_imports=plain(cfg.get('custom_imports', None)))


def check_body_model(theirs: str, ours: str) -> None:
    """Raise a ValueError when weights and body do not belong together."""
    if theirs != ours:
        raise ValueError(
            f'These weights were trained for body "{theirs}", but the config '
            f'builds "{ours}". Shapes and poses of one body mean nothing on '
            'another: use the same body model, or run with the old one and '
            'move the result over with tools/refit_body.py.')


def check_weights(theirs: dict, model: nn.Module) -> None:
    """Raise a ValueError when names or shapes of weights differ.

    Modules with a method ``convert_old(state, prefix)`` have had others.
    """
    theirs, ours = dict(theirs), model.state_dict()
    for name, module in model.named_modules():
        if hasattr(module, 'convert_old'):
            module.convert_old(theirs, f'{name}.' if name else '')
    shapes = [{
        k: tuple(v.shape)
        for k, v in weights.items()
    } for weights in (theirs, ours)]
    differ = sorted(k for k in shapes[0].keys() | shapes[1].keys()
                    if shapes[0].get(k) != shapes[1].get(k))
    if differ:
        first = differ[0]
        raise ValueError(
            f'{len(differ)} weights of the checkpoint do not fit the config, '
            f'the first is {first}: {shapes[0].get(first, "missing")} in the '
            f'checkpoint, {shapes[1].get(first, "missing")} in the model. Was '
            'it trained with other --cfg-options?')


def plain(value):
    """Config objects to dicts, lists and scalars, all the way down."""
    if isinstance(value, (dict, ConfigDict)):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def _buffer_to_dict(buffer: HistoryBuffer) -> dict:
    log, count = buffer.data
    return dict(
        log=torch.as_tensor(log),
        count=torch.as_tensor(count),
        max_length=buffer.max_length)
