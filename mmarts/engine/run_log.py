# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Reads what a run wrote about itself: losses, rates, metrics by step."""
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator, Union

import numpy as np

# Behind the names of metrics of tests.
TEST_SUFFIX = ' (test)'
# In the records beside the curves.
_COUNTERS = ('iter', 'step', 'epoch')
_LOG_PATTERNS = ('scalars.json', 'vis_data/scalars.json',
                 '*/vis_data/scalars.json')


@dataclass
class RunLog:
    """Curves of one run.

    Args:
        name: Of the work dir or the file.
        train: Key -> iterations and values ``(N, 2)``, in order.
        metrics: The same of validation, by their metric's names, and of
            tests, whose names end in ``TEST_SUFFIX``.
    """

    name: str
    train: dict[str, np.ndarray] = field(default_factory=dict)
    metrics: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def keys(self) -> list[str]:
        """Names of all curves."""
        return [*self.train, *self.metrics]


def read_run(path: Union[str, Path]) -> RunLog:
    """Read a work dir, the folder of one start of it, or one file.

    Starts in a work dir are put together in order of time. Where a later
    one repeats iterations, it counts: it was resumed from before them, or is
    a run of its own. Results of ``tools/test.py --out`` in the work dir are
    metrics at the iteration or epoch that their checkpoint is named after.

    Args:
        path: Work dir, ``<work dir>/<time>``, ``scalars.json`` of MMEngine,
            or a JSON of ``tools/test.py --out``.

    Raises:
        FileNotFoundError: If there is no such path, or no log in it.
        ValueError: If a file is no log.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f'There is no log or work dir "{path}".')
    logs, results = [path], []
    if path.is_dir():
        logs = sorted(
            p for pattern in _LOG_PATTERNS for p in path.glob(pattern))
        results = sorted(path.glob('*.json'))
    elif _result(path):
        logs, results = [], [path]
    train, metrics, ends = {}, {}, {}
    for log in logs:
        _add_log(log, train, metrics, ends)
    for result in results:
        _add_result(result, metrics, train, ends)
    if not train and not metrics:
        raise FileNotFoundError(
            f'"{path}" holds no log: expected '
            '<time>/vis_data/scalars.json, which every training writes.')
    name = path.resolve().name if path.is_dir() else path.stem
    return RunLog(
        name,
        *({
            key: np.array(sorted(points.items()), float)
            for key, points in curves.items()
        } for curves in (train, metrics)))


def moving_mean(values: np.ndarray, window: int) -> np.ndarray:
    """Mean over ``window`` neighbours of ``(N,)``; fewer at the ends."""
    half = max(window, 1) // 2
    total = np.concatenate([[0], np.cumsum(values)])
    index = np.arange(len(values))
    start = np.clip(index - half, 0, None)
    end = np.clip(index + half + 1, None, len(values))
    return (total[end] - total[start]) / (end - start)


def _add_log(path: Path, train: dict, metrics: dict, ends: dict) -> None:
    """Add a log's records; ``ends`` is the last iteration of each epoch."""
    records = list(_records(path))
    steps = [r['iter'] for r in records if 'iter' in r]
    for curves in (train, metrics):
        for key, points in curves.items():
            curves[key] = {
                step: value
                for step, value in points.items()
                if not steps or step < min(steps)
            }
    last, previous = 0, {}
    for record in records:
        if 'iter' in record:
            step = last = record['iter']
            curves = train
            if 'epoch' in record:
                ends[record['epoch']] = max(step, ends.get(record['epoch'], 0))
        else:
            # MMEngine counts the validations of an epoch-based run in epochs;
            # those of others lie at 0 unless `log_metric_by_epoch` is off.
            step = record.get('step')
            step = ends.get(step, step or last)
            curves = metrics
        for key, value in record.items():
            if key in _COUNTERS or not isinstance(value, (int, float)):
                continue
            # It also repeats the last value of a loss that is over.
            if not (key.startswith('loss_') and value == previous.get(key)):
                curves.setdefault(key, {})[step] = value
            previous[key] = value


def _records(path: Path) -> Iterator[dict]:
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            record = None
        if isinstance(record, dict):
            yield record
        elif line.strip() and number < len(lines):
            # The last line may be half written: the run goes on.
            raise ValueError(f'{path}, line {number}: expected a JSON object '
                             'a line, as MMEngine writes them.')


def _result(path: Path) -> dict:
    """What ``tools/test.py --out`` wrote, or an empty dict."""
    try:
        content = json.loads(path.read_text())
    except json.JSONDecodeError:
        return {}
    wanted = isinstance(content, dict) and {'metrics', 'checkpoint'
                                            } <= set(content)
    return content if wanted else {}


def _add_result(path: Path, metrics: dict, train: dict, ends: dict) -> None:
    content = _result(path)
    if not content:
        return
    found = re.search(r'(iter|epoch)_(\d+)', Path(content['checkpoint']).name)
    last = max((max(points) for points in train.values() if points), default=0)
    step = last
    if found:
        count = int(found[2])
        step = ends.get(count, last) if found[1] == 'epoch' else count
    for key, value in content['metrics'].items():
        metrics.setdefault(key + TEST_SUFFIX, {})[step] = value
