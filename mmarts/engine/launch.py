# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What the command-line tools do to a config before a Runner is built."""
import argparse
import os
from pathlib import Path

import torch
from mmengine.config import Config, DictAction
from mmengine.runner import Runner

from mmarts.compat.safe_load import allow_checkpoint_types
from mmarts.utils.command import run_or_exit
from mmarts.utils.custom_imports import import_custom

__all__ = [
    'add_common_arguments', 'build_runner', 'load_config', 'run_or_exit'
]


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments that training and testing share."""
    parser.add_argument(
        'config',
        help='config file, e.g. '
        'configs/arts/arts-tiny_freemotion.py')
    parser.add_argument(
        '--work-dir',
        help='folder for logs and checkpoints; work_dirs/<config> by default')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        metavar='KEY=VALUE',
        help='change the config, e.g. train_dataloader.batch_size=16 '
        'model.lifter.dim=96')
    parser.add_argument(
        '--launcher',
        choices=('none', 'pytorch', 'slurm', 'mpi'),
        default='none',
        help='job launcher; tools/dist_*.sh set it')
    # torchrun of old hands --local-rank, new ones an environment variable.
    parser.add_argument(
        '--local-rank',
        '--local_rank',
        type=int,
        default=0,
        help=argparse.SUPPRESS)


def load_config(args: argparse.Namespace) -> Config:
    """Read the config and apply the common arguments."""
    if not Path(args.config).is_file():
        raise FileNotFoundError(f'There is no config "{args.config}".')
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = Config.fromfile(args.config, import_custom_modules=False)
    cfg.merge_from_dict(args.cfg_options)
    import_custom(cfg.get('custom_imports'), f'The config {args.config}')
    cfg.launcher = args.launcher
    cfg.work_dir = args.work_dir or cfg.get(
        'work_dir', None) or f'work_dirs/{Path(args.config).stem}'
    if not torch.cuda.is_available():
        cfg.env_cfg.dist_cfg.backend = 'gloo'
        # MMEngine would name the rank as a GPU.
        cfg.model_wrapper_cfg.device_ids = None
    return cfg


def build_runner(cfg: Config) -> Runner:
    """A Runner that can read its own checkpoints under torch >= 2.6."""
    allow_checkpoint_types()
    if cfg.get('launcher') == 'pytorch' and not torch.cuda.is_available():
        # MMEngine's own launch code asks for a GPU before it reads the
        # backend; it leaves a group that is there alone.
        torch.distributed.init_process_group('gloo')
    return Runner.from_cfg(cfg)
