# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Measure a checkpoint; prints every metric with its protocol."""
import argparse
from pathlib import Path

from mmarts.engine.launch import (add_common_arguments, build_runner,
                                  load_config, run_or_exit)
from mmarts.utils.files import write_json
from mmarts.version import __version__


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='examples:\n'
        '  python tools/test.py configs/arts/arts-tiny_freemotion.py '
        'work_dirs/arts-tiny_freemotion/iter_20000.pth\n'
        '  python tools/test.py CONFIG CKPT --out result.json '
        '--show-dir pictures')
    add_common_arguments(parser)
    parser.add_argument('checkpoint', help='a .pth written by tools/train.py')
    parser.add_argument(
        '--out', help='write metrics and protocols to this JSON file')
    parser.add_argument('--show-dir', help='draw predictions into this folder')
    parser.add_argument(
        '--show-interval',
        type=int,
        default=20,
        help='draw every so many samples (default: %(default)s)')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    if not Path(args.checkpoint).is_file():
        raise FileNotFoundError(f'There is no checkpoint "{args.checkpoint}".')
    cfg = load_config(args)
    cfg.load_from = args.checkpoint
    cfg.default_hooks.checkpoint_meta.strict = True
    if args.show_dir:
        cfg.custom_hooks = list(cfg.get('custom_hooks', ())) + [
            dict(
                type='MeshVisualizationHook',
                out_dir=args.show_dir,
                interval=args.show_interval)
        ]
    runner = build_runner(cfg)
    metrics = runner.test()
    if args.out and runner.rank == 0:
        protocols = [
            m.protocol for m in runner.test_evaluator.metrics
            if hasattr(m, 'protocol')
        ]
        write_json(
            args.out,
            dict(
                metrics={
                    k: float(v)
                    for k, v in metrics.items()
                },
                protocols=protocols,
                checkpoint=args.checkpoint,
                config=args.config,
                version=__version__))
        print(f'wrote {args.out}')


if __name__ == '__main__':
    run_or_exit(main)
