# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Draw the curves of one or several training runs into a PNG.

One panel a curve, against the iteration: losses, learning rate, and the
metrics of validation and of tools/test.py --out. Several runs lie over each
other, each in its own colour.
"""
import argparse
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from mmarts.compat.optional import import_optional
from mmarts.engine.launch import run_or_exit
from mmarts.engine.run_log import RunLog, moving_mean, read_run
from mmarts.utils.files import whole_file

INSTALL = 'pip install matplotlib'
# Left out unless asked for by name.
QUIET = ('time', 'data_time', 'memory', 'base_lr')
EXACT = ('lr', 'base_lr')  # never smoothed
PANEL = (4.2, 2.9)  # inches


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='examples:\n'
        '  python tools/analysis/plot_log.py work_dirs/quickstart\n'
        '  python tools/analysis/plot_log.py work_dirs/a work_dirs/b '
        '--names paper ours --keys loss "loss_*" --smooth 9 --log\n'
        '  python tools/analysis/plot_log.py work_dirs/a --keys '
        '"joints3d/*" --out metrics.png\n\n'
        'A work dir holds a folder for each time a run was started; they are '
        'put together, so a\nresumed run is one curve. A flat loss with a '
        'falling learning rate wants a higher rate;\na loss that falls while '
        'the metrics rise is overfitting.')
    parser.add_argument(
        'runs',
        nargs='+',
        type=Path,
        metavar='RUN',
        help='a work dir, one of its folders, or a scalars.json')
    parser.add_argument(
        '--keys',
        nargs='+',
        default=['*'],
        metavar='KEY',
        help='curves to draw, by name or pattern; all but times by default')
    parser.add_argument(
        '--names',
        nargs='+',
        metavar='NAME',
        help='of the runs in the legend (default: their folders)')
    parser.add_argument(
        '--smooth',
        type=int,
        default=1,
        metavar='N',
        help='mean over N logged points; what was logged stays faintly '
        'visible (default: %(default)s, none)')
    parser.add_argument(
        '--log', action='store_true', help='logarithmic losses and rates')
    parser.add_argument(
        '--out',
        type=Path,
        help='picture to write (default: curves.png in the first work dir)')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    if args.smooth < 1:
        raise ValueError(f'--smooth should be 1 or more, not {args.smooth}.')
    runs = [read_run(path) for path in args.runs]
    if args.names:
        if len(args.names) != len(runs):
            raise ValueError(f'{len(runs)} runs, but {len(args.names)} names.')
        for run, name in zip(runs, args.names):
            run.name = name
    keys = choose_keys(runs, args.keys)
    first = args.runs[0] if args.runs[0].is_dir() else args.runs[0].parent
    out = args.out or first / 'curves.png'
    draw(runs, keys, args.smooth, args.log, out)
    print(f'wrote {out}: {", ".join(keys)}')


def choose_keys(runs: list[RunLog], patterns: list[str]) -> list[str]:
    """Curves that match a pattern: total loss, losses, rate, metrics."""
    there = list(dict.fromkeys(key for run in runs for key in run.keys))
    keys = [
        key for key in there if any(
            fnmatch(key, p) and (key not in QUIET or p == key)
            for p in patterns)
    ]
    if not keys:
        raise ValueError(f'No curve matches {patterns}; there are {there}.')
    metrics = {key for run in runs for key in run.metrics}
    rank = {'loss': 0, 'lr': 2}
    return sorted(
        keys,
        key=lambda k:
        (3 if k in metrics else rank.get(k, 1
                                         if k.startswith('loss') else 2), k))


def draw(runs: list[RunLog], keys: list[str], smooth: int, log: bool,
         out: Path) -> None:
    """Write the panels."""
    figure_class = import_optional('matplotlib.figure', INSTALL).Figure
    columns = min(len(keys), 3)
    rows = -(-len(keys) // columns)
    figure = figure_class((PANEL[0] * columns, PANEL[1] * rows + 0.4),
                          layout='constrained')
    # One range for all, so that stages lie under each other.
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True)
    panels = panels.ravel()
    for panel, key in zip(panels, keys):
        for number, run in enumerate(runs):
            draw_curve(panel, run, key, smooth, f'C{number}')
        panel.set_title(key, fontsize=10)
        panel.grid(alpha=0.3)
        panel.xaxis.set_tick_params(labelbottom=True)
        if log and any(key in run.train for run in runs):
            panel.set_yscale('log')
            panel.yaxis.set_major_formatter(short_log_labels())
            panel.yaxis.set_minor_formatter(short_log_labels())
    for panel in panels[len(keys):]:
        panel.remove()
    for panel in panels[max(len(keys) - columns, 0):len(keys)]:
        panel.set_xlabel('iteration')
    figure.legend(
        handles=legend_lines(runs), loc='outside upper center', ncols=4)
    with whole_file(out) as part:
        figure.savefig(part, dpi=130)


def short_log_labels():
    """Labels like 0.16 where matplotlib would label a logarithmic axis."""
    formatter = import_optional('matplotlib.ticker', INSTALL).LogFormatter

    class ShortLogLabels(formatter):

        def __call__(self, value, position=None):
            return f'{value:.2g}' if super().__call__(value, position) else ''

    return ShortLogLabels(minor_thresholds=(1.5, 0.5))


def draw_curve(panel, run: RunLog, key: str, smooth: int, colour: str) -> None:
    """One run's curve; metrics are few, so each is a point."""
    if key in run.train:
        steps, values = run.train[key].T
        if smooth > 1 and len(values) > 2 and key not in EXACT:
            panel.plot(steps, values, color=colour, alpha=0.25, linewidth=0.8)
            # A gap in the log is no value to average over.
            good = np.isfinite(values)
            steps, values = steps[good], moving_mean(values[good], smooth)
        marker = 'o' if len(values) == 1 else None
        panel.plot(steps, values, color=colour, linewidth=1.3, marker=marker)
    if key in run.metrics:
        steps, values = run.metrics[key].T
        panel.plot(
            steps, values, color=colour, marker='o', markersize=4, linewidth=1)
        panel.annotate(
            f'{values[-1]:.4g}', (steps[-1], values[-1]), (0, 5),
            textcoords='offset points',
            ha='right',
            fontsize=8,
            color=colour)


def legend_lines(runs: list[RunLog]) -> list:
    """A line for each run, in its colour; no curve is in all of them."""
    line_class = import_optional('matplotlib.lines', INSTALL).Line2D
    return [
        line_class([], [], color=f'C{number}', label=run.name)
        for number, run in enumerate(runs)
    ]


if __name__ == '__main__':
    run_or_exit(main)
