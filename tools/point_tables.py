# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Train PointHMR's masks and decoders small, on BlazePose; write them down.

Under every seed the four mask settings of the supplement's Table 3 and full
decoders beside the light ones are trained on what BlazePose sees in pictures.
What is done is skipped, so an interrupted call goes on where it stopped.
Pictures and what BlazePose sees in them are made before, as
configs/pointhmr/pointhmr-blazepose_freemotion.py tells.
"""
import argparse
from pathlib import Path

from ablation.report import write_between_marks
from ablation.seeds import (TOOLS, complete_rows, parse_args, table, tested,
                            trained)

from mmarts.engine.launch import run_or_exit

CONFIGS = TOOLS.parent / 'configs/pointhmr'
BASE = 'pointhmr-blazepose_freemotion.py'
# Title -> config.
MASKS = {
    'none': 'ablations/table3/pointhmr-blazepose_masks-none_freemotion.py',
    '3, 1': 'ablations/table3/pointhmr-blazepose_masks-31_freemotion.py',
    '5, 3, 1': 'ablations/table3/pointhmr-blazepose_masks-531_freemotion.py',
    '7, 5, 3, 1': BASE
}
DECODERS = {
    'full':
    'ablations/decoders/pointhmr-blazepose_full-decoders_freemotion.py',
    'light': BASE
}
# Mark in the README -> rows and differences.
TABLES = {
    'table3': (MASKS, [('3, 1', 'none'), ('5, 3, 1', 'none'),
                       ('7, 5, 3, 1', 'none'), ('7, 5, 3, 1', '5, 3, 1')]),
    'decoders': (DECODERS, [('light', 'full')])
}
COLUMNS = {
    'MPJPE': 'joints3d/mpjpe',
    'PA-MPJPE': 'joints3d/pa_mpjpe',
    'MPVPE': 'vertices/mpvpe'
}


def run_row(config: str, seed: int, args: argparse.Namespace) -> None:
    """Train and test what a seed has not done yet."""
    train, test = (f'{split}_dataloader.dataset.ann_file='
                   f'{args.images}/{split}_p4c6.mmarts'
                   for split in ('train', 'test'))
    out = _result(config, seed, args)
    checkpoint = trained(CONFIGS / config, out.parent, seed, train)
    tested(CONFIGS / config, checkpoint, out, test)


def rows_table(configs: dict[str, str], pairs: list[tuple[str, str]],
               args: argparse.Namespace) -> str:
    """Rows that are complete, and differences of the same seeds."""
    cells = {
        title: {
            column: ([_result(config, seed, args) for seed in args.seeds], key)
            for column, key in COLUMNS.items()
        }
        for title, config in configs.items()
    }
    return table(complete_rows(cells), pairs)


def _result(config: str, seed: int, args: argparse.Namespace) -> Path:
    return args.work_dir / Path(config).stem / f'seed{seed}' / 'stills.json'


def main() -> None:
    args = parse_args(__doc__, None, 'work_dirs/point_tables')
    if not args.report_only:
        for seed in args.seeds:
            for config in (MASKS | DECODERS).values():
                run_row(config, seed, args)
    for name, (configs, pairs) in TABLES.items():
        text = rows_table(configs, pairs, args)
        print(text)
        if args.readme:
            write_between_marks(args.readme, name, text)


if __name__ == '__main__':
    run_or_exit(main)
