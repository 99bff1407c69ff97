# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Rows over seeds as Markdown: values, and differences of the same seed.

A row is a folder of WORK_DIR with `seed0`, `seed1`, ..., into each of which
tools/test.py has written (its --work-dir). The first row is the one that
differences are taken to; both tables have the sample's standard deviation.
"""
import argparse
import json
from pathlib import Path

import numpy as np

from mmarts.evaluation.comparison.table import signed, spread
from mmarts.utils.command import run_or_exit

METRICS = {
    'joints3d/mpjpe': 'MPJPE',
    'joints3d/pa_mpjpe': 'PA-MPJPE',
    'vertices/mpvpe': 'MPVPE'
}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='example:\n  python tools/analysis/point_table.py '
        'work_dirs/point pointhmr-tiny_masks-{7531,none}_freemotion-pictures')
    parser.add_argument('work_dir', type=Path)
    parser.add_argument('rows', nargs='+', help='folders in it')
    return parser.parse_args()


def read_row(folder: Path) -> np.ndarray:
    """Metrics of all seeds ``(seeds, metrics)``, in the order of seeds.

    Raises:
        FileNotFoundError: If a seed, or all, have no test.
    """
    seeds = sorted(folder.glob('seed*'))
    found = [_last_test(seed) for seed in seeds]
    if not found or None in found:
        missing = [s.name for s, f in zip(seeds, found) if f is None]
        raise FileNotFoundError(f'{folder} holds no test of {missing or "any"}'
                                f'{"" if missing else " seed"}; run '
                                'tools/test.py with --work-dir there.')
    return np.array([[one[metric] for metric in METRICS] for one in found])


def _last_test(folder: Path):
    """Metrics of the last call of tools/test.py below a folder, or None."""
    for path in sorted(folder.glob('**/*.json'), reverse=True):
        if path.parent.name == path.stem:
            content = json.loads(path.read_text())
            if set(METRICS) <= content.keys():
                return content
    return None


def markdown(rows: dict[str, np.ndarray]) -> str:
    """Both tables; bold are mean differences beyond their own spread."""
    first = next(iter(rows.values()))
    titles = ' | '.join(METRICS.values())
    lines = [f'| | {titles} | | {titles} |', '|---' * 8 + '|']
    for name, values in rows.items():
        differences = ['-'] * len(METRICS)
        if values is not first:
            differences = list(map(signed, (values - first).T))
        cells = [*map(spread, values.T), '', *differences]
        lines.append(f'| {name} | ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines)


def main() -> None:
    args = parse_args()
    print(markdown({row: read_row(args.work_dir / row) for row in args.rows}))


if __name__ == '__main__':
    run_or_exit(main)
