# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Small trainings under several seeds, one tool after the other."""
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from mmengine.config import Config

TOOLS = Path(__file__).parents[1]


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


def table(rows: dict[str, dict[str, np.ndarray]],
          pairs: list[tuple[str, str]],
          digits: int = 1) -> str:
    """Means and deviations of rows, and of the differences of pairs.

    Args:
        rows: Title -> column -> a value of each seed.
        pairs: Titles of two rows; the second is taken from the first, seed
            by seed. Those of which one is missing are left out.
        digits: After the decimal point.
    """
    columns = list(next(iter(rows.values())))
    lines = [('', *columns), ['---'] * (1 + len(columns))]
    for title, row in rows.items():
        lines.append((title, *(_spread(row[c], digits) for c in columns)))
    for first, second in pairs:
        if first not in rows or second not in rows:
            continue
        cells = (
            _signed(rows[first][c] - rows[second][c], digits) for c in columns)
        lines.append((f'{first} minus {second}', *cells))
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)


def _spread(values: np.ndarray, digits: int) -> str:
    deviation = values.std(ddof=1) if len(values) > 1 else np.nan
    return f'{values.mean():.{digits}f} ± {deviation:.{digits}f}'


def _signed(values: np.ndarray, digits: int) -> str:
    """Bold where the mean exceeds the deviation of the differences."""
    deviation = values.std(ddof=1) if len(values) > 1 else np.inf
    text = f'{values.mean():+.{digits}f} ± {deviation:.{digits}f}'
    return f'**{text}**' if abs(values.mean()) > deviation else text
