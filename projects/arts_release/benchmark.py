# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Time the network beside the same with the release's wasted work.

Random weights and inputs; a body of SMPL's size with pose correctives. Both
run in turns in one process, so a busy machine slows both: trust the ratio.
Times are of the wall clock; beside them, in brackets, those of the processor,
all threads together, which other jobs disturb less.
"""
import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from rich.console import Console
from rich.table import Table

from mmarts.body_models.smpl import FREE_BODY
from mmarts.registry import MODELS
from projects.arts_release.plain_release import PlainRelease

CONFIG = Path(__file__).parent / 'configs' / 'arts-release_3dpw.py'
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
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


def build_model():
    """The config's network on a body with SMPL's arrays."""
    init_default_scope('mmarts')
    with np.load(FREE_BODY) as file, tempfile.TemporaryDirectory() as folder:
        arrays = dict(file)
        rng = np.random.default_rng(0)
        arrays['posedirs'] = rng.normal(0, 1e-3, arrays['posedirs'].shape)
        path = Path(folder) / 'body.npz'
        np.savez(path, **arrays)
        config = Config.fromfile(CONFIG).model
        config.body_model = dict(type='SMPL', model_path=str(path))
        return MODELS.build(config).eval()


def make_inputs(batch: int, seed: int) -> dict:
    """Windows as the network takes them."""
    draw = torch.Generator().manual_seed(seed)
    size = torch.tensor([1000., 1000.])
    K = torch.tensor([[1000., 0, 500], [0, 1000, 500], [0, 0, 1]])
    return dict(
        keypoints2d=1000 * torch.rand(batch, 16, 19, 2, generator=draw),
        keypoints2d_score=torch.ones(batch, 16, 19),
        K=K.expand(batch, 3, 3),
        image_size=size.expand(batch, 2),
        feat=torch.rand(batch, 16, 2048, generator=draw))


@torch.inference_mode()
def medians(functions: list, repeats: int) -> np.ndarray:
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
    torch.manual_seed(args.seed)
    model = build_model()
    plain = PlainRelease(model).eval()
    # Milliseconds a clip.
    table = Table('batch', 'threads', 'network', 'with wasted work', 'ratio',
                  "authors' code", 'ratio')
    for threads in args.threads:
        torch.set_num_threads(threads)
        for batch in args.batch:
            inputs = make_inputs(batch, args.seed)
            norm = model.normalizer(inputs['keypoints2d'], None, None,
                                    inputs['image_size'])[0]
            ours, wasteful = (
                medians([
                    lambda: model(inputs, mode='tensor'),
                    lambda: plain(norm, inputs['feat'])
                ], args.repeats) / batch)
            released = RELEASED_MS.get((batch, threads), float('nan'))
            table.add_row(
                *map(str, (batch, threads)),
                *(f'{ms:.1f} ({cpu:.1f})' for ms, cpu in (ours, wasteful)),
                f'{wasteful[0] / ours[0]:.2f}', f'{released:g}',
                f'{released / ours[0]:.2f}')
    Console().print(table)
    print(f'load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, '
          f'torch {torch.__version__}, seed {args.seed}')


if __name__ == '__main__':
    main()
