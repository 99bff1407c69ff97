# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""One number that makes a training schedule shorter or longer."""
from mmengine.config import Config

# Key of a scheduler -> its smallest value; none may last 0 steps.
_SCHEDULER_KEYS = {'begin': 0, 'end': 1, 'T_max': 1}


def scale_schedule(cfg: Config, max_iters: int) -> None:
    """Stretch an iteration-based schedule to ``max_iters``, in place.

    Warm-up, decay, the stage switch and validation keep their share of the
    run. Meant for quick looks; results carry the number of iterations.

    Raises:
        ValueError: If the config trains by epochs.
    """
    if 'max_iters' not in cfg.train_cfg:
        raise ValueError(
            '--max-iters works with iteration-based configs; this one trains '
            'by epochs: use --cfg-options train_cfg.max_epochs=N.')
    ratio = max_iters / cfg.train_cfg.max_iters
    cfg.train_cfg.max_iters = max_iters
    for key in ('val_begin', 'val_interval'):
        _scale(cfg.train_cfg, key, ratio)
    for scheduler in cfg.get('param_scheduler', None) or ():
        for key, least in _SCHEDULER_KEYS.items():
            _scale(scheduler, key, ratio, least)
        if 'end' in scheduler:
            scheduler.begin = min(scheduler.get('begin', 0), scheduler.end - 1)
        if 'milestones' in scheduler:
            scheduler.milestones = [
                max(1, round(m * ratio)) for m in scheduler.milestones
            ]
    for hook in cfg.get('custom_hooks', None) or ():
        for key in ('begin', 'end'):
            _scale(hook, key, ratio, least=0)
    _scale(cfg.default_hooks.checkpoint, 'interval', ratio)


def _scale(mapping: dict, key: str, ratio: float, least: int = 1) -> None:
    if isinstance(mapping.get(key), int):
        mapping[key] = max(least, round(mapping[key] * ratio))
