# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Run a table of the paper on FreeMotion and write it down.

Rows are trained one after the other under every seed. What two rows have in
common, the first stage and whole rows of other tables, is trained once. A
row is done when its result is there and its config is still the same; what
was interrupted goes on from its last checkpoint.
"""
import argparse
import sys
from pathlib import Path

from mmengine.config import DictAction
from mmengine.registry import init_default_scope

from mmarts.engine.launch import run_or_exit

from ablation.configs import ERRORS, Options  # isort: skip
from ablation.queue import plan, run_all, run_from_text  # isort: skip
from ablation.report import (  # isort: skip
    Results, table_markdown, write_between_marks)
from ablation.tables import TABLES  # isort: skip


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='examples:\n'
        '  python tools/ablate.py table3 table4 --seeds 3 --jobs 2\n'
        '  python tools/ablate.py table4 --max-iters 60 --seeds 1 '
        '--work-dir /tmp/try --readme /tmp/try/README.md\n'
        '  python tools/ablate.py table3 --errors drawn\n'
        '  python tools/ablate.py table3 --report-only')
    parser.add_argument(
        'tables', nargs='+', choices=list(TABLES), help='what to run')
    parser.add_argument(
        '--seeds', type=int, default=3, help='0, 1, ... (default: 3)')
    parser.add_argument(
        '--max-iters',
        type=int,
        help='stretch the schedule to so many steps, both stages together')
    parser.add_argument(
        '--ann-file',
        default='',
        metavar='DIR',
        help='motion capture of tools/convert_dataset.py for training and '
        'test; what ships by default')
    parser.add_argument(
        '--errors',
        choices=list(ERRORS),
        default='none',
        help='2D errors in tests: as in training, but on every track (drawn), '
        "or the shipped detector's (measured); needs no new training "
        '(default: %(default)s)')
    parser.add_argument(
        '--jobs',
        type=int,
        default=1,
        help='runs at a time, one thread each (default: 1)')
    parser.add_argument(
        '--work-dir',
        default='work_dirs/ablations',
        help='folder of all runs (default: %(default)s)')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        metavar='KEY=VALUE',
        help='change every config')
    parser.add_argument(
        '--readme',
        default='configs/arts/README.md',
        help='file that the tables are written to (default: %(default)s)')
    parser.add_argument(
        '--report-only',
        action='store_true',
        help='write the tables of what is there; run nothing')
    return parser.parse_args()


def main() -> None:
    if sys.argv[1:2] == ['--job']:
        return run_from_text(sys.argv[2])
    args = parse_args()
    init_default_scope('mmarts')
    options = Options(args.max_iters, args.ann_file, args.work_dir,
                      args.cfg_options, args.errors)
    tables = {name: TABLES[name] for name in args.tables}
    problems = []
    if not args.report_only:
        problems = run_all(
            plan(list(tables.values()), args.seeds, options), args.jobs,
            options)
    for name, table in tables.items():
        text = table_markdown(Results(table, args.seeds, options))
        print(text)
        mark = name if args.errors == 'none' else f'{name}-{args.errors}'
        write_between_marks(Path(args.readme), mark, text)
        print(f'\nwrote {args.readme}')
    if problems:
        raise ValueError('; '.join(problems))


if __name__ == '__main__':
    run_or_exit(main)
