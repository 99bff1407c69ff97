# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Small trainings under several seeds, one tool after the other."""
import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Optional

import numpy as np
from mmengine.config import Config

from mmarts.evaluation.comparison.table import signed, spread

TOOLS = Path(__file__).parents[1]


def parse_args(text: str, clips: Optional[str],
               work_dir: str) -> argparse.Namespace:
    """The command line of a table over seeds.

    Args:
        text: What ``--help`` says.
        clips: Default folder of the clips; None where only stills are read.
        work_dir: Default folder of the runs.
    """
    parser = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    parser.add_argument(
        '--images', default='data/freemotion_images', help='folder')
    if clips is not None:
        parser.add_argument('--clips', default=clips, help='folder')
    parser.add_argument('--work-dir', type=Path, default=Path(work_dir))
    parser.add_argument(
        '--readme', type=Path, help='file that is written to, too')
    parser.add_argument(
        '--report-only', action='store_true', help='run nothing')
    return parser.parse_args()


def call(tool: str, *args) -> None:
    """Run a tool, and stop where it stops."""
    subprocess.run([sys.executable, TOOLS / tool, *map(str, args)], check=True)


def trained(config: Path, folder: Path, seed: int, *options: str) -> Path:
    """The checkpoint of a training, which is finished first.

    Args:
        config: Of the training, by steps.
        folder: Its work dir.
        seed: Of the first weights and of the order of the samples.
        options: Changes to the config, ``KEY=VALUE``.
    """
    steps = Config.fromfile(config).train_cfg.max_iters
    path = folder / f'iter_{steps}.pth'
    if not path.is_file():
        call('train.py', config, '--resume', '--work-dir', folder,
             '--cfg-options', f'randomness.seed={seed}', *options)
    return path


def tested(config: Path, checkpoint: Path, out: Path, *options: str) -> None:
    """Write the metrics of a checkpoint, if they are not there."""
    if not out.is_file():
        changes = ['--cfg-options', *options] if options else []
        call('test.py', config, checkpoint, '--work-dir', out.parent, '--out',
             out, *changes)


def metric(paths: list[Path], name: str) -> np.ndarray:
    """``(seeds,)`` of what :func:`tested` wrote."""
    return np.array(
        [json.loads(path.read_text())['metrics'][name] for path in paths])


def complete_rows(
    cells: dict[str, dict[str, tuple[list[Path], str]]]
) -> dict[str, dict[str, np.ndarray]]:
    """What :func:`table` shows, of the rows that are complete.

    Args:
        cells: Title -> column -> what :func:`metric` reads. A row of which
            a file is missing is left out.
    """
    return {
        title: {
            column: metric(*read)
            for column, read in row.items()
        }
        for title, row in cells.items()
        if all(path.is_file() for paths, _ in row.values() for path in paths)
    }


def table(rows: dict[str, dict[str, np.ndarray]],
          pairs: list[tuple[str, str]]) -> str:
    """Means and deviations of rows, and of the differences of pairs.

    Args:
        rows: Title -> column -> a value of each seed.
        pairs: Titles of two rows; the second is taken from the first, seed
            by seed. Those of which one is missing are left out.

    Raises:
        ValueError: If there are no rows.
    """
    if not rows:
        raise ValueError('No row has results of all seeds; without '
                         '--report-only they are made.')
    columns = list(next(iter(rows.values())))
    lines = [('', *columns), ['---'] * (1 + len(columns))]
    for title, row in rows.items():
        lines.append((title, *(spread(row[c]) for c in columns)))
    for first, second in pairs:
        if first not in rows or second not in rows:
            continue
        cells = (signed(rows[first][c] - rows[second][c]) for c in columns)
        lines.append((f'{first} minus {second}', *cells))
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)
