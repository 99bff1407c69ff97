# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Accuracy against speed: what the stride between windows buys.

A stride of 1 gives every frame to as many windows as a window has frames, and
costs as many passes; a stride of the whole window gives it to one. For each
stride the config's test data are cut anew, predicted and measured with the
config's own metrics, and the time of a frame is taken on a synthetic track:
batched windows and their merging, without and with the mesh of every frame.
"""
import argparse

import torch
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.runner import Runner
from rich.console import Console
from rich.progress import track
from rich.table import Table

from mmarts.engine.benchmark import (Subject, build_subject, matmul_gflops,
                                     synthetic_track, windows_seconds)
from mmarts.engine.launch import add_common_arguments, load_config, run_or_exit
from mmarts.evaluation.comparison.table import COLUMNS, cell
from mmarts.models.layers.onednn_layers import DTYPES
from mmarts.utils.files import write_json

S_TO_MS = 1000.0


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='examples:\n'
        '  python tools/analysis/stride_table.py '
        'configs/arts/arts-tiny_freemotion.py CKPT --out strides.json\n'
        '  python tools/analysis/stride_table.py CONFIG CKPT --strides 4 8 '
        '--cfg-options test_dataloader.dataset.views=1')
    add_common_arguments(parser)
    parser.add_argument('checkpoint', help='a .pth written by tools/train.py')
    parser.add_argument(
        '--strides',
        type=int,
        nargs='+',
        default=[1, 2, 4, 8, 16],
        help='frames between windows (default: 1 2 4 8 16)')
    parser.add_argument(
        '--threads',
        type=int,
        default=1,
        help='of torch (default: %(default)s)')
    parser.add_argument(
        '--frames',
        type=int,
        default=300,
        help='of the track that is timed (default: %(default)s)')
    parser.add_argument(
        '--dtype',
        choices=DTYPES,
        default='float32',
        help='of products in linear layers (default: %(default)s)')
    parser.add_argument('--out', help='write all numbers to this JSON file')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    cfg = load_config(args)
    subject = build_subject(
        cfg.model,
        'config',
        'all',
        checkpoint=args.checkpoint,
        dtype=args.dtype)
    check(args, cfg, subject.model.num_frames)
    torch.set_num_threads(args.threads)
    timed = synthetic_track(subject, args.frames)
    rows = []
    with torch.no_grad():
        for stride in args.strides:
            metrics, protocols = evaluate(subject, cfg, stride)
            network, whole = (
                windows_seconds(subject, timed, stride, meshes=meshes)
                for meshes in (False, True))
            rows.append(
                dict(
                    stride=stride,
                    network_ms=network.median * S_TO_MS,
                    network_cpu_ms=network.cpu * S_TO_MS,
                    with_mesh_ms=whole.median * S_TO_MS,
                    with_mesh_cpu_ms=whole.cpu * S_TO_MS,
                    matmul_gflops=matmul_gflops(),
                    metrics=metrics,
                    protocols=protocols))
    show(rows, args)
    if args.out:
        write_json(
            args.out,
            dict(
                config=args.config,
                checkpoint=args.checkpoint,
                threads=args.threads,
                dtype=args.dtype,
                rows=rows))
        print(f'wrote {args.out}')


def check(args: argparse.Namespace, cfg: Config, length: int) -> None:
    """What cannot be meant is known before any work."""
    wrong = [s for s in args.strides if not 1 <= s <= length]
    if wrong:
        raise ValueError(f'--strides should be 1 to {length}, the frames of a '
                         f'window, not {wrong}.')
    if args.frames < 1 or args.threads < 1:
        raise ValueError('--frames and --threads should be 1 or more, not '
                         f'{args.frames} and {args.threads}.')
    kind = cfg.test_dataloader.dataset.type
    if kind not in ('FreeMotion', 'MeshDataset'):
        raise ValueError(f'The test data of {args.config} are a {kind}; '
                         'FreeMotion and MeshDataset are cut by a stride.')


def evaluate(subject: Subject, cfg: Config,
             stride: int) -> tuple[dict, list[dict]]:
    """Test metrics with windows that far apart, and their protocols."""
    loader_cfg = cfg.test_dataloader.to_dict()
    loader_cfg['dataset']['stride'] = stride
    loader = Runner.build_dataloader(loader_cfg, seed=0)
    evaluator = Evaluator(cfg.test_evaluator)
    model = subject.model
    for batch in track(loader, description=f'stride {stride}'):
        batch = model.data_preprocessor(batch)
        evaluator.process(model(**batch, mode='predict'))
    metrics = evaluator.evaluate(len(loader.dataset))
    return ({
        k: float(v)
        for k, v in metrics.items()
    }, [m.protocol for m in evaluator.metrics if hasattr(m, 'protocol')])


def show(rows: list[dict], args: argparse.Namespace) -> None:
    """Print the table, and how its last row was measured."""
    table = Table(
        title=f'test, mm (Accel: mm/frame^2); {args.threads} thread(s), '
        f'{args.dtype}',
        title_justify='left')
    for title in ('stride', *(title for _, title in COLUMNS), 'ms a frame',
                  'with mesh', 'CPU ms', 'with mesh', 'matmul GFLOP/s'):
        table.add_column(title, justify='right')
    for row in rows:
        table.add_row(
            str(row['stride']),
            *(cell(row['metrics'], key) for key, _ in COLUMNS),
            *(f'{row[key]:.3f}'
              for key in ('network_ms', 'with_mesh_ms', 'network_cpu_ms',
                          'with_mesh_cpu_ms')), f'{row["matmul_gflops"]:.0f}')
    console = Console(width=100)
    console.print(table)
    for protocol in rows[-1]['protocols']:
        console.print(
            ', '.join(f'{k}: {v}' for k, v in protocol.items()), style='dim')


if __name__ == '__main__':
    run_or_exit(main)
