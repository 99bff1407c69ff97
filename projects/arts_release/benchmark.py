# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Time the networks beside the release with all its wasted work.

Random weights and inputs; a body of SMPL's size with pose correctives. All
run in turns in one process, so a busy machine slows all: trust the ratios.
Times are of the wall clock; beside them, in brackets, those of the processor,
all threads together, which other jobs disturb less.
"""
import argparse
import os
import time
from functools import partial
from pathlib import Path
from typing import Callable

import numpy as np
import torch
from mmengine.config import Config
from rich.console import Console
from rich.table import Table

from mmarts.engine.benchmark import Subject, build_subject
from mmarts.models.layers.onednn_layers import (multiplies_bfloat16,
                                                without_onednn)
from projects.arts_release.plain_release import PlainRelease

_ROOT = Path(__file__).parents[2]
RELEASE = _ROOT / 'projects/arts_release/configs/arts-release_3dpw.py'
PAPER = _ROOT / 'configs/arts/arts_3dpw.py'
# Of the authors' code, one clip, least busy of five runs on another machine
# (AMD EPYC): (batch, threads) -> ms.
RELEASED_MS = {(1, 1): 181, (16, 1): 108, (1, 2): 140, (16, 2): 63}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='example:\n'
        '  python -m projects.arts_release.benchmark --threads 1 2')
    parser.add_argument('--batch', type=int, nargs='+', default=[1, 16])
    parser.add_argument('--threads', type=int, nargs='+', default=[1])
    parser.add_argument(
        '--repeats',
        type=int,
        default=11,
        help='timed runs, of which the median counts (default: %(default)s)')
    return parser.parse_args()


def networks() -> dict[str, Callable[[dict], object]]:
    """By name; all read the same inputs. The first does all the work."""
    release = _subject(RELEASE)
    found = {
        'the release with wasted work': _wasteful(release.model),
        'the same without it': release,
        "the paper's network": _subject(PAPER)
    }
    if multiplies_bfloat16():
        found['the same without it, bfloat16'] = _subject(RELEASE, 'bfloat16')
        found["the paper's network, bfloat16"] = _subject(PAPER, 'bfloat16')
    return found


def _subject(path: Path, dtype: str = 'float32') -> Subject:
    config = Config.fromfile(path)  # imports the project's parts as well
    # The release's output holds its own mesh.
    return build_subject(
        config.model,
        'stand-in',
        vertices='none' if path == RELEASE else 'mid',
        dtype=dtype)


def _wasteful(model: torch.nn.Module) -> Callable[[dict], object]:
    plain = PlainRelease(model).eval()

    def forward(inputs: dict):
        norm, _ = model.normalizer(inputs['keypoints2d'], None, None,
                                   inputs['image_size'])
        with without_onednn():
            return plain(norm, inputs['feat'])

    return forward


@torch.inference_mode()
def medians(functions: list[Callable], repeats: int) -> np.ndarray:
    """Milliseconds ``(functions, 2)``, wall and processor, after a warm-up."""
    times = np.zeros((repeats + 2, len(functions), 2))
    for row in times:
        for entry, function in zip(row, functions):
            start = np.array([time.perf_counter(), time.process_time()])
            function()
            end = np.array([time.perf_counter(), time.process_time()])
            entry[:] = 1000 * (end - start)
    return np.median(times[2:], 0)


def main() -> None:
    args = parse_args()
    found = networks()
    draw_inputs = found['the same without it'].inputs
    table = Table('threads', 'batch', 'network', 'ms a clip', 'times faster',
                  "authors' ms, elsewhere", 'times faster')
    for threads in args.threads:
        torch.set_num_threads(threads)
        for batch in args.batch:
            inputs = draw_inputs(batch)
            times = medians([partial(n, inputs)
                             for n in found.values()], args.repeats) / batch
            released = RELEASED_MS.get((batch, threads), float('nan'))
            for name, (ms, cpu) in zip(found, times):
                table.add_row(
                    str(threads), str(batch), name, f'{ms:.1f} ({cpu:.1f})',
                    f'{times[0, 0] / ms:.2f}', f'{released:g}',
                    f'{released / ms:.2f}')
            table.add_section()
    Console(width=110).print(table)
    print(f'load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, '
          f'torch {torch.__version__}, seed 0')


if __name__ == '__main__':
    main()
