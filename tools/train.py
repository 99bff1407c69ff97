# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Train a model from a config."""
import argparse

from mmengine.runner import find_latest_checkpoint

from mmarts.engine.launch import (add_common_arguments, build_runner,
                                  load_config, run_or_exit)
from mmarts.engine.schedule import scale_schedule


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='examples:\n'
        '  python tools/train.py configs/arts/arts-tiny_freemotion.py\n'
        '  python tools/train.py CONFIG --resume\n'
        '  python tools/train.py CONFIG --cfg-options '
        'optim_wrapper.optimizer.lr=3e-4\n'
        '  bash tools/dist_train.sh CONFIG 2')
    add_common_arguments(parser)
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='go on from the latest checkpoint in the work dir (or begin, '
        'where there is none), or from the one named')
    parser.add_argument(
        '--amp', action='store_true', help='mixed precision: bfloat16')
    parser.add_argument(
        '--max-iters',
        type=int,
        help='stretch an iteration-based schedule to so many steps')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    cfg = load_config(args)
    if args.max_iters:
        scale_schedule(cfg, args.max_iters)
    if args.amp:
        cfg.optim_wrapper.type = 'BFloat16OptimWrapper'
    if args.resume == 'auto':
        args.resume = find_latest_checkpoint(cfg.work_dir)
    if args.resume:
        cfg.resume, cfg.load_from = True, args.resume
    build_runner(cfg).train()


if __name__ == '__main__':
    run_or_exit(main)
