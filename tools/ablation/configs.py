# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A row's config as it is run, and what two rows have in common."""
import hashlib
import json
from argparse import Namespace
from dataclasses import asdict, dataclass, field
from typing import NamedTuple, Optional

from mmengine.config import Config

from mmarts.engine.hooks.checkpoint_meta_hook import plain
from mmarts.engine.launch import load_config
from mmarts.engine.schedule import scale_schedule
from mmarts.utils import config_path

# What stage one neither trains nor reads.
STAGE_TWO_ONLY = ('pose_ik', 'shape_fitter', 'refiner', 'skeleton_parts',
                  'skeleton_noise', 'camera', 'output_frames', 'mesh_level')
STAGE_ONE_KEYS = ('train_dataloader', 'optim_wrapper', 'param_scheduler')
TRAINING_KEYS = (*STAGE_ONE_KEYS, 'model', 'train_cfg', 'custom_hooks',
                 'randomness', 'val_dataloader', 'val_evaluator')
RESULT_KEYS = (*TRAINING_KEYS, 'test_dataloader', 'test_evaluator')


class Errors2D(NamedTuple):
    """2D errors in tests.

    Args:
        config: The config that has them; '' for none.
        title: What is added to a table's title.
        protocol: The same in a sentence or two.
    """

    config: str
    title: str
    protocol: str


ERRORS = dict(
    none=Errors2D(
        '', '',
        '2D keypoints in tests: exact, unless a row has errors of its own.'),
    drawn=Errors2D(
        'arts/arts-tiny_noisy_freemotion.py', '; 2D as a detector errs, drawn',
        '2D keypoints in tests: with errors of the kind that training has '
        'on three tracks in five, on every track '
        '(arts-tiny_noisy_freemotion.py). Validation is exact.'),
    measured=Errors2D(
        'arts/arts-tiny_detector_freemotion.py',
        '; 2D as the shipped detector errs',
        '2D keypoints in tests: with the errors measured of the shipped '
        'detector (arts-tiny_detector_freemotion.py); training has smaller '
        'ones, of another kind. Validation is exact.'))
# Validations in the last fifth of the training that a row has for itself.
LAST_PART, VALIDATIONS = 5, 2


@dataclass(frozen=True)
class Options:
    """What all runs of one call share.

    Args:
        max_iters: Steps of both stages; those of the config when None.
        ann_file: Folder of converted motion capture; '' for what ships.
        work_dir: Folder of all runs.
        cfg_options: Changes to every config.
        errors: Key of ``ERRORS``: 2D errors in tests of rows whose configs
            say nothing of them.
    """

    max_iters: Optional[int] = None
    ann_file: str = ''
    work_dir: str = 'work_dirs/ablations'
    cfg_options: dict = field(default_factory=dict)
    errors: str = 'none'

    def as_dict(self) -> dict:
        """Plain data."""
        return asdict(self)


def row_config(name: str, seed: int, options: Options) -> Config:
    """The config of a row under one seed.

    Args:
        name: Below ``configs``.
        seed: Of the first weights and of the order of the samples.
        options: Of the call.
    """
    cfg = load_config(
        Namespace(
            config=str(config_path(name)),
            cfg_options=options.cfg_options,
            launcher='none',
            local_rank=0,
            work_dir=None))
    if options.max_iters:
        scale_schedule(cfg, options.max_iters)
    cfg.randomness.seed = seed
    for split in ('train', 'val', 'test'):
        if options.ann_file:
            cfg[f'{split}_dataloader'].dataset.ann_file = options.ann_file
    tested, errors = cfg.test_dataloader.dataset, ERRORS[options.errors]
    if errors.config and not tested.get('noise'):
        other = Config.fromfile(config_path(errors.config)).test_dataloader
        tested.noise = other.dataset.noise
        # Errors that were measured on people who are in the picture.
        if 'camera' in other.dataset:
            tested.camera = other.dataset.camera
    return cfg


def second_stage(cfg: Config) -> int:
    """First iteration of stage two; 0 where stage one cannot be shared.

    It can be where stage two leaves alone what stage one has trained.
    """
    if not cfg.model.get('freeze_lifter'):
        return 0
    return next((h.begin for h in cfg.custom_hooks if h.type == 'StageHook'),
                0)


def validate_at_the_end(cfg: Config) -> None:
    """Validate over the last fifth of what a row trains for itself."""
    steps = cfg.train_cfg.max_iters - second_stage(cfg)
    interval = max(1, steps // (LAST_PART * VALIDATIONS))
    begin = cfg.train_cfg.max_iters - max(1, steps // LAST_PART)
    cfg.train_cfg.val_interval = interval
    # The validation before it shows where that part began.
    cfg.train_cfg.val_begin = max(begin // interval * interval, 1)


def config_hash(cfg: Config) -> str:
    """Ten digits that change with anything that a result depends on."""
    return _digest({key: plain(cfg.get(key)) for key in RESULT_KEYS})


def training_hash(cfg: Config) -> str:
    """Ten digits that change with anything that the weights depend on.

    Validation is among it: its curve decides whether a row counts.
    """
    return _digest({key: plain(cfg.get(key)) for key in TRAINING_KEYS})


def stage_one_hash(cfg: Config) -> str:
    """Ten digits that change with what stage one depends on but the seed."""
    model = {k: v for k, v in cfg.model.items() if k not in STAGE_TWO_ONLY}
    model['losses'] = {
        k: v
        for k, v in cfg.model.losses.items() if k.startswith('lift')
    }
    content = {k: cfg.get(k) for k in STAGE_ONE_KEYS}
    content['train_cfg'] = dict(
        cfg.train_cfg, val_begin=None, val_interval=None)
    content.update(
        model=model,
        randomness=dict(cfg.randomness, seed=None),
        custom_hooks=cfg.custom_hooks)
    return _digest(plain(content))


def _digest(content) -> str:
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:10]
