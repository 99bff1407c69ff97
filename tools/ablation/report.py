# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Results of all runs of a table as Markdown."""
from pathlib import Path
from typing import Optional

import numpy as np

from mmarts.evaluation.comparison.table import signed, spread
from mmarts.utils.files import whole_file
from .configs import ERRORS, Options
from .runs import baseline_name, is_baseline_done, is_done, read_result
from .tables import COLUMNS, Row, Table

# Metrics that must have settled, and by how much they may still move.
SETTLING, SETTLED = ('joints3d/mpjpe', 'joints3d/pa_mpjpe',
                     'vertices/mpvpe'), 0.02

NOISE_PROTOCOL = (
    'noise: independent Gaussian on every joint but the root and every frame, '
    'in tests alone; its standard deviation along each axis is that '
    'percentage of the mean bone length (0.23 m). The paper names neither the '
    'length nor whether training had it.')


class Results:
    """What the runs of a table wrote, under today's configs.

    Args:
        table: Its rows.
        seeds: Results of seeds 0 to ``seeds - 1`` are wanted.
        options: Of the runs.

    Raises:
        ValueError: If rows were trained for different numbers of steps or
            tested on different frames, or no row is complete.
    """

    def __init__(self, table: Table, seeds: int, options: Options) -> None:
        self.table, self.seeds, self.errors = table, seeds, options.errors
        trained = {row.config: row.weights for row in table.rows}
        self.mlp = Row('single-frame MLP', baseline_name(table.full))
        self.runs = {
            config: [
                read_result(config, seed, options) if is_done(
                    config, seed, options, weights) else {}
                for seed in range(seeds)
            ]
            for config, weights in trained.items()
        }
        self.runs[self.mlp.config] = [
            read_result(self.mlp.config, seed, options) if is_baseline_done(
                table.full, seed, options) else {} for seed in range(seeds)
        ]
        self.complete = [c for c, runs in self.runs.items() if all(runs)]
        if not self.complete:
            raise ValueError(f'"{options.work_dir}" holds no row of '
                             f'"{table.title}" with all of {seeds} seeds, '
                             'as the configs and these options are now.')
        self.steps = self._check_comparable()

    def _check_comparable(self) -> int:
        """Steps of every row; raises where steps or test frames differ."""
        steps, frames = set(), set()
        for config in self.complete:
            for run in self.runs[config]:
                if config != self.mlp.config:
                    steps.add(run['iters'])
                frames |= {
                    str(protocol['frames_scored'])
                    for protocol in run['protocols']
                    if protocol['metric'] == 'JointError'
                }
        for what, found in (('trained for different numbers of steps', steps),
                            ('tested on different frames', frames)):
            if len(found) > 1:
                raise ValueError(f'Rows of "{self.table.title}" were {what}, '
                                 f'{sorted(found)}: they cannot be compared. '
                                 'Run the table again, with the same options '
                                 'for all rows.')
        return next(iter(steps), 0)

    def values(self, config: str, metric: str) -> Optional[np.ndarray]:
        """``(seeds,)``, or None where a seed is missing."""
        if config not in self.complete:
            return None
        return np.array([run['metrics'][metric] for run in self.runs[config]])

    def differences(self, row: Row, metric: str) -> Optional[np.ndarray]:
        """To the full model of the same seed, ``(seeds,)``."""
        own = self.values(row.config, metric)
        other = self.values(row.versus or self.table.full, metric)
        return None if own is None or other is None else own - other

    def drift(self, config: str) -> float:
        """Largest relative move of validation at the end of the training.

        NaN without a validation, infinite with a single one.
        """
        moves = [0.]
        for run in self.runs[config]:
            for metric in SETTLING:
                curve = run['validation'].get(metric)
                if not curve:
                    return np.nan
                if len(curve) < 2:
                    return np.inf
                moves.append(abs(curve[0][1] - curve[-1][1]) / curve[-1][1])
        return max(moves)

    def in_paper(self, metric: str) -> bool:
        """Whether the paper has such a column."""
        return bool(self.table.paper_data) and metric != 'shape/pve_t'

    def beats_baseline(self) -> Optional[dict[str, float]]:
        """By how much the full model is better; None if not yet known."""
        gains = {}
        for metric in SETTLING:
            differences = self.differences(self.mlp, metric)
            if differences is None:
                return None
            gains[metric] = differences.mean()
        return gains


def table_markdown(results: Results) -> str:
    """The table, the differences, and how both were made."""
    parts = [
        f'### {results.table.title}{ERRORS[results.errors].title}',
        _values_table(results),
        'Differences to the full model of the same seed, or to the row named; '
        'bold where the mean exceeds the standard deviation.',
        _difference_table(results)
    ]
    parts += _growth_lines(results)
    parts.append(_protocol(results))
    return '\n\n'.join(parts)


def write_between_marks(path: Path, name: str, text: str) -> None:
    """Put a text between ``<!-- name -->`` and ``<!-- /name -->``.

    Both marks are added at the end where the file has none.
    """
    begin, end = f'<!-- {name} -->', f'<!-- /{name} -->'
    content = path.read_text() if path.is_file() else ''
    if begin not in content:
        content = f'{content.rstrip()}\n\n{begin}\n{end}\n'.lstrip()
    before, _, rest = content.partition(begin)
    after = rest.partition(end)[2]
    with whole_file(path) as temporary:
        temporary.write_text(f'{before}{begin}\n{text}\n{end}{after}')


def _values_table(results: Results) -> str:
    titles = [
        title for metric, title in COLUMNS.items() for title in (
            [title, 'paper'] if results.in_paper(metric) else [title])
    ]
    lines = [_line('', *titles, 'drift'), _rule(len(titles) + 2)]
    for row in [*results.table.rows, results.mlp]:
        lines.append(_values_line(results, row, len(titles)))
    return '\n'.join(lines)


def _values_line(results: Results, row: Row, width: int) -> str:
    if row.config not in results.complete:
        done = sum(map(bool, results.runs[row.config]))
        note = f'{done} of {results.seeds} seeds done'
        return _line(row.label, note, *[''] * width)
    cells = []
    for i, metric in enumerate(COLUMNS):
        cells.append(spread(results.values(row.config, metric)))
        if results.in_paper(metric):
            cells.append(f'{row.paper[i]:.1f}' if row.paper else '-')
    drift = results.drift(row.config)
    unsettled = bool(drift >= SETTLED)
    return _line(row.label + ' †' * unsettled, *cells,
                 '-' if np.isnan(drift) else f'{drift:.1%}')


def _difference_table(results: Results) -> str:
    lines = [_line('', *COLUMNS.values()), _rule(len(COLUMNS) + 1)]
    rows = results.table.rows
    for row in [*rows, results.mlp]:
        if row.config == results.table.full:
            continue
        differences = (results.differences(row, m) for m in COLUMNS)
        cells = ['-' if d is None else signed(d) for d in differences]
        label = row.label
        if row.versus:
            other = next(r for r in rows if r.config == row.versus)
            label += f', to {other.label}'
        lines.append(_line(label, *cells))
    return '\n'.join(lines)


def _growth_lines(results: Results) -> list[str]:
    """How errors grow in rows that disturb another row's weights."""
    lines = []
    for row in results.table.rows:
        if row.weights is None:
            continue
        metric = next(iter(COLUMNS))
        with_noise = results.values(row.config, metric)
        without = results.values(row.weights, metric)
        if with_noise is None or without is None:
            continue
        growth = spread(100 * (with_noise / without - 1), '{:+.1f}')
        clean = next(r for r in results.table.rows if r.config == row.weights)
        line = f'- {row.label}: MPJPE {growth} %'
        if row.paper:
            paper = 100 * (row.paper[0] / clean.paper[0] - 1)
            line += f' (paper: {paper:+.1f} %)'
        lines.append(line)
    if lines:
        lines.insert(0, 'MPJPE against the same weights without noise:\n')
    return ['\n'.join(lines)] if lines else []


def _protocol(results: Results) -> str:
    lines = [
        f'{results.seeds} seed(s) (first weights and order of samples), '
        f'{results.steps:,} steps for every row. Mean ± standard deviation '
        'over the seeds, of the sample; millimetres, Accel in mm/frame^2 at '
        f'30 fps. {_first_stage(results)}',
        _data(results.table),
        ERRORS[results.errors].protocol,
        'drift: largest move of validation MPJPE, PA-MPJPE or MPVPE over the '
        'last fifth of the steps that a row trains for itself, of all seeds. '
        f'†: {SETTLED:.0%} or more; that row has not converged and does not '
        'count.',
        'single-frame MLP: trained for as many seconds as the full model of '
        'that seed, both stages together, which gives it more steps.',
        _verdict(results),
    ]
    if any('noise' in row.label for row in results.table.rows):
        lines.insert(2, NOISE_PROTOCOL)
    metrics = [
        ', '.join(f'{k}: {v}' for k, v in protocol.items())
        for protocol in results.runs[results.complete[0]][0]['protocols']
    ]
    return '\n\n'.join([
        'How they were made:',
        _list(lines), '<details><summary>How the metrics were set</summary>',
        _list(metrics), '</details>'
    ])


def _list(lines: list[str]) -> str:
    return '\n'.join(f'- {line}' for line in lines)


def _data(table: Table) -> str:
    here = ('trained and tested on FreeMotion, whose frame feature is made of '
            'the 2D skeleton (KeypointFeature), so no row sees a picture.')
    if not table.paper_data:
        return here[0].upper() + here[1:]
    return (f'Paper: {table.paper_data}. Here: {here} Orders may be compared, '
            'values not.')


def _first_stage(results: Results) -> str:
    first = {
        results.runs[config][0].get('stage_one')
        for config in results.complete if config != results.mlp.config
    }
    if len(first) == 1:
        return ('Stage one (feature and lifter) is trained once a seed: all '
                'rows begin stage two from the same weights, with the same '
                'samples.')
    return (
        'Rows share a first stage (feature and lifter) where their configs '
        'do.')


def _verdict(results: Results) -> str:
    gains = results.beats_baseline()
    if gains is None:
        return 'The full model or the MLP is not complete: no row counts yet.'
    words = ', '.join(f'{COLUMNS[m]} {v:+.1f}' for m, v in gains.items())
    if all(v > 0 for v in gains.values()):
        return f'The full model beats the MLP (MLP minus full: {words}).'
    return ('The full model does NOT beat the MLP (MLP minus full: '
            f'{words}): no row counts.')


def _line(*cells: str) -> str:
    return '| ' + ' | '.join(cells) + ' |'


def _rule(width: int) -> str:
    return '|' + '---|' * width
