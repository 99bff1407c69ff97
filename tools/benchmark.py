# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Measure what the network of a config costs: time, operations, memory.

Inputs are synthetic windows of the config's joints, length and features. A
window's time goes from its 2D keypoints to body parameters, joints, camera
and the vertices of --vertices. Beside each time stands that of a plain matrix
product in the same run: shared machines differ from minute to minute, and the
ratio of the two says more than either.
"""
import argparse
import platform
from dataclasses import asdict

import torch
from rich.console import Console
from rich.table import Table

from mmarts.engine.benchmark import (BODIES, VERTICES, build_subject,
                                     count_flops, count_parameters,
                                     loop_seconds, matmul_gflops, peak_memory,
                                     spread_of, synthetic_track,
                                     windows_seconds)
from mmarts.engine.hooks.checkpoint_meta_hook import plain
from mmarts.engine.launch import add_common_arguments, load_config, run_or_exit
from mmarts.models.layers.onednn_layers import DTYPES, multiplies_bfloat16
from mmarts.utils.files import write_json
from mmarts.version import __version__

S_TO_MS = 1000.0
WIDTH = 96  # columns of the tables


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='examples:\n'
        '  python tools/benchmark.py configs/arts/arts_3dpw.py\n'
        '  python tools/benchmark.py configs/arts/arts-tiny_freemotion.py '
        '--video 300 --strides 4 8 16\n'
        '  python tools/benchmark.py CONFIG --device cuda --dtype bfloat16 '
        '--batch-sizes 1 16 256 --out speed.json')
    add_common_arguments(parser)
    parser.add_argument(
        '--threads',
        type=int,
        nargs='+',
        default=[1, 2],
        help='of torch (default: 1 2)')
    parser.add_argument(
        '--batch-sizes',
        type=int,
        nargs='+',
        default=[1, 16],
        help='windows a pass (default: 1 16)')
    parser.add_argument(
        '--dtype',
        nargs='+',
        choices=DTYPES,
        help='of products. bfloat16 rounds the factors in linear layers, on a '
        'GPU it is autocast, as --amp of training (default: float32, and '
        'bfloat16 on a CPU that multiplies in it)')
    parser.add_argument(
        '--device', default='cpu', help='cpu, cuda, ... (default: cpu)')
    parser.add_argument(
        '--vertices',
        choices=VERTICES,
        default='mid',
        help='frames of a window whose mesh is made; "all" also poses all '
        'frames (default: %(default)s)')
    parser.add_argument(
        '--body',
        choices=BODIES,
        default='auto',
        help="the config's; the free body; a stand-in with SMPL's sizes and "
        "random pose correctives; auto: the config's, or the stand-in where "
        'its files are missing (default: %(default)s)')
    parser.add_argument(
        '--checkpoint', help='weights to load; speed does not depend on them')
    parser.add_argument(
        '--warm-up', type=int, default=3, help='passes before the clock runs')
    parser.add_argument(
        '--repeats',
        type=int,
        default=20,
        help='timed passes (default: %(default)s)')
    parser.add_argument(
        '--video',
        type=int,
        metavar='FRAMES',
        help='also measure a frame of a video this long, beside the way of '
        "ARTS' released demo: one window a frame, one a pass; compared by "
        'CPU time, on a GPU by the clock')
    parser.add_argument(
        '--strides',
        type=int,
        nargs='+',
        help='frames between the windows of --video (default: half a window)')
    parser.add_argument('--out', help='write all numbers to this JSON file')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    check(args)
    cfg = load_config(args)
    options = dict(
        body=args.body, device=args.device, checkpoint=args.checkpoint)
    dtypes = args.dtype or default_dtypes(args.device)
    subjects = [
        build_subject(
            cfg.model, vertices=args.vertices, dtype=dtype, **options)
        for dtype in dtypes
    ]
    report = describe(args, subjects[0])
    show_head(report)
    report['rows'] = [
        row for subject in subjects for row in time_windows(args, subject)
    ]
    show_rows(report['rows'])
    report['memory'] = [
        dict(
            batch_size=batch,
            dtype=dtype,
            **peak_memory(
                plain(cfg.model),
                plain(cfg.get('custom_imports')),
                batch,
                args.threads[0],
                vertices=args.vertices,
                dtype=dtype,
                **options)) for dtype in dtypes for batch in args.batch_sizes
    ]
    show_memory(report['memory'], args.threads[0])
    if args.video:
        report['video'] = [
            time_video(
                args,
                build_subject(
                    cfg.model, vertices='all', dtype=dtype, **options))
            for dtype in dtypes
        ]
        for video in report['video']:
            show_video(video)
    if args.out:
        write_json(args.out, report)
        print(f'wrote {args.out}')


def check(args: argparse.Namespace) -> None:
    """Numbers that cannot be meant are known before any work."""
    for name in ('threads', 'batch_sizes', 'strides'):
        values = getattr(args, name)
        if values and min(values) < 1:
            raise ValueError(f'--{name.replace("_", "-")} should be 1 or '
                             f'more, not {min(values)}.')
    if args.repeats < 1 or args.warm_up < 0:
        raise ValueError('--repeats should be 1 or more and --warm-up 0 or '
                         f'more, not {args.repeats} and {args.warm_up}.')
    if args.video is not None and args.video < 1:
        raise ValueError(f'--video should be 1 or more, not {args.video}.')


def default_dtypes(device: str) -> list[str]:
    """What the machine computes without detours."""
    if device == 'cpu' and multiplies_bfloat16():
        return ['float32', 'bfloat16']
    return ['float32']


def describe(args: argparse.Namespace, subject) -> dict:
    """What is measured, and what does not depend on the clock."""
    inputs = subject.inputs(1)
    flops, parts = count_flops(lambda: subject(inputs))
    total, learned = count_parameters(subject.model)
    return dict(
        config=args.config,
        version=__version__,
        torch=torch.__version__,
        machine=machine(subject.device),
        device=subject.device,
        body=subject.body,
        num_frames=subject.model.num_frames,
        vertices=args.vertices,
        parameters=total,
        trainable_parameters=learned,
        flops_per_window=flops,
        flops_of_parts=parts)


def machine(device: str) -> str:
    """The processor in words."""
    if device.startswith('cuda'):
        return torch.cuda.get_device_name(device)
    try:
        with open('/proc/cpuinfo') as file:
            names = [line for line in file if line.startswith('model name')]
        return names[0].split(':', 1)[1].strip()
    except (OSError, IndexError):
        return platform.processor() or platform.machine()


def time_windows(args: argparse.Namespace, subject) -> list[dict]:
    """One row for every number of threads and windows, times in ms."""
    rows = []
    for threads in args.threads:
        torch.set_num_threads(threads)
        for batch in args.batch_sizes:
            inputs = subject.inputs(batch)
            with torch.no_grad(), subject.precision():
                before = matmul_gflops(subject.device)
                spread = spread_of(lambda: subject(inputs), subject.device,
                                   args.warm_up, args.repeats)
                after = matmul_gflops(subject.device)
            rows.append(
                dict(
                    dtype=subject.dtype,
                    threads=threads,
                    batch_size=batch,
                    windows_per_s=batch / spread.median,
                    matmul_gflops=(before + after) / 2,
                    **in_ms(spread, batch)))
    return rows


def time_video(args: argparse.Namespace, subject) -> dict:
    """A frame of a video in ms, by both ways and one thread at first."""
    length = subject.model.num_frames
    threads = args.threads[0]
    torch.set_num_threads(threads)
    track = synthetic_track(subject, args.video)
    with torch.no_grad(), subject.precision():
        loop = loop_seconds(subject, track, args.repeats)
        rows = [
            dict(
                stride=stride,
                **in_ms(windows_seconds(subject, track, stride)),
            ) for stride in args.strides or [max(length // 2, 1)]
        ]
    loop = in_ms(loop)
    # What others do on the machine between the two moves the wall clock.
    clock = 'median_ms' if subject.device.startswith('cuda') else 'cpu_ms'
    for row in rows:
        row['times_faster'] = loop[clock] / row[clock]
    return dict(
        frames=args.video,
        dtype=subject.dtype,
        threads=threads,
        loop=loop,
        windows=rows)


def in_ms(spread, share: int = 1) -> dict:
    """Milliseconds of a ``share``-th of a call."""
    values = asdict(spread)
    repeats = values.pop('repeats')
    return dict({
        f'{k}_ms': v / share * S_TO_MS
        for k, v in values.items()
    },
                repeats=repeats)


def show_head(report: dict) -> None:
    """Print what is measured."""
    print(f'{report["config"]} on {report["machine"]} ({report["device"]}), '
          f'torch {report["torch"]}')
    print(f'body: {report["body"]}; vertices: {report["vertices"]}; windows '
          f'of {report["num_frames"]} frames')
    print(f'parameters: {report["parameters"]:,}, trained: '
          f'{report["trainable_parameters"]:,}')
    parts = ', '.join(f'{name} {count / report["flops_per_window"]:.1%}'
                      for name, count in report['flops_of_parts'].items())
    print(f'{report["flops_per_window"] / 1e9:.3f} GFLOP a window ({parts})')


def show_rows(rows: list[dict]) -> None:
    """Print the times of windows."""
    table = Table('products', 'threads', 'batch', 'ms/window', 'quartiles',
                  'lowest', 'CPU ms', 'windows/s', 'matmul GFLOP/s')
    for row in rows:
        table.add_row(row['dtype'], str(row['threads']),
                      str(row['batch_size']), f'{row["median_ms"]:.2f}',
                      f'{row["q25_ms"]:.2f}-{row["q75_ms"]:.2f}',
                      f'{row["low_ms"]:.2f}', f'{row["cpu_ms"]:.2f}',
                      f'{row["windows_per_s"]:.1f}',
                      f'{row["matmul_gflops"]:.0f}')
    Console(width=WIDTH).print(table)


def show_memory(rows: list[dict], threads: int) -> None:
    """Print the peaks."""
    for row in rows:
        peak, before = row['peak'], row['before']
        known = 'not measured on this system' if peak is None else (
            f'{peak / 2**20:.0f} MiB on top of {before / 2**20:.0f} MiB')
        print(
            f'peak memory of the first pass, {row["dtype"]}, batch '
            f'{row["batch_size"]}, {threads} threads, fresh process: {known}')


def show_video(video: dict) -> None:
    """Print the cost of a frame."""
    table = Table(f'a frame of a video, {video["dtype"]}', 'ms', 'quartiles',
                  'CPU ms', 'times faster')
    rows = [('one window a frame, batch 1, all of it posed', video['loop'])]
    rows += [(f'windows every {row["stride"]} frames, batched', row)
             for row in video['windows']]
    for name, row in rows:
        table.add_row(name, f'{row["median_ms"]:.3f}',
                      f'{row["q25_ms"]:.3f}-{row["q75_ms"]:.3f}',
                      f'{row["cpu_ms"]:.3f}',
                      f'{row.get("times_faster", 1):.1f}')
    Console(width=WIDTH).print(table)


if __name__ == '__main__':
    run_or_exit(main)
