# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Train DSD-SATN's Tables 2 to 5 small, on BlazePose, and write them down.

Under every seed Direct, Concat and DSD are trained on what BlazePose sees in
stills, then the temporal networks on clips. What is done is skipped, so an
interrupted call goes on where it stopped. Pictures and what BlazePose sees in
them are made before, as configs/dsd_satn/dsd-blazepose_freemotion.py and
satn-blazepose_freemotion.py tell.
"""
import argparse
from pathlib import Path

import numpy as np
from ablation.report import write_between_marks
from ablation.seeds import (TOOLS, complete_rows, parse_args, table, tested,
                            trained)
from mmengine.config import Config

from mmarts.engine.launch import run_or_exit

CONFIGS = TOOLS.parent / 'configs/dsd_satn'
CLIPS = CONFIGS / 'ablations/table3/dsd-blazepose_clips_freemotion.py'
# Folder of the runs -> config. Table 2, frame by frame.
FRAME_ROWS = {
    'direct': 'ablations/table2/dsd-blazepose_direct_freemotion.py',
    'concat': 'ablations/table2/dsd-blazepose_concat_freemotion.py',
    'dsd': 'dsd-blazepose_freemotion.py'
}
# Table 3.
CLIP_ROWS = {
    'dsd-tcn': 'ablations/table3/tcn-blazepose_dsd_freemotion.py',
    'dsd-attention': 'ablations/table3/satn-blazepose_no-order_freemotion.py',
    'dsd-satn': 'satn-blazepose_freemotion.py',
    'backbone-tcn': 'ablations/table3/tcn-blazepose_backbone_freemotion.py',
    'backbone-satn': 'ablations/table3/satn-blazepose_backbone_freemotion.py'
}
TITLES = {
    'direct': 'Direct',
    'concat': 'Concat',
    'dsd': 'DSD',
    'backbone-tcn': 'Backbone+TCN',
    'backbone-satn': 'Backbone+SATN',
    'dsd-tcn': 'DSD+TCN',
    'dsd-attention': 'DSD+TCN+self-attention',
    'dsd-satn': 'DSD+SATN'
}
STILL_COLUMNS = {
    'MPJPE': 'joints3d/mpjpe',
    'PA-MPJPE': 'joints3d/pa_mpjpe',
    'MPVPE': 'vertices/mpvpe'
}
CLIP_COLUMNS = {
    'MPJPE': 'joints3d/mpjpe',
    'PA-MPJPE': 'joints3d/pa_mpjpe',
    'MPJVE, mm/frame': 'motion/mpjve_mm_per_frame_10fps',
    'MPJAE, mm/frame²': 'motion/accel_mm_per_frame2_10fps',
    'MPJVE, mm/s': 'motion/mpjve_mm_per_s_10fps'
}
STILL_PAIRS = (('DSD', 'Direct'), ('DSD', 'Concat'), ('Concat', 'Direct'))
CLIP_PAIRS = (('DSD', 'Direct'), ('DSD', 'Concat'), ('DSD+SATN', 'DSD'),
              ('DSD+SATN', 'Backbone+SATN'), ('DSD+TCN', 'DSD'),
              ('DSD+TCN+self-attention',
               'DSD+TCN'), ('DSD+SATN', 'DSD+TCN+self-attention'))


def run_frame_row(name: str, seed: int, args: argparse.Namespace) -> None:
    """Train one of Direct, Concat and DSD; test it on stills and clips."""
    config, folder = CONFIGS / FRAME_ROWS[name], _folder(name, seed, args)
    train, test = (_data(split, args.images) for split in ('train', 'test'))
    checkpoint = trained(config, folder, seed, train)
    tested(config, checkpoint, folder / 'stills.json', test)
    head = Config.fromfile(config).model.network.head.type
    tested(CLIPS, checkpoint, folder / 'clips.json', _data('test', args.clips),
           f'model.network.head.type={head}')


def run_clip_row(name: str, seed: int, args: argparse.Namespace) -> None:
    """Train and test a temporal network."""
    config, folder = CONFIGS / CLIP_ROWS[name], _folder(name, seed, args)
    train, test = (_data(split, args.clips) for split in ('train', 'test'))
    frame = 'direct' if name.startswith('backbone') else 'dsd'
    steps = Config.fromfile(CONFIGS / FRAME_ROWS[frame]).max_iters
    path = _folder(frame, seed, args) / f'iter_{steps}.pth'
    checkpoint = trained(config, folder, seed, train,
                         f'model.frame_network.init_cfg.checkpoint={path}')
    tested(config, checkpoint, folder / 'clips.json', test)


def values(names: list[str], test: str, columns: dict,
           args: argparse.Namespace) -> dict[str, dict[str, np.ndarray]]:
    """Title of a row -> column -> a value of each seed.

    Rows that are not complete are left out.
    """
    return complete_rows({
        TITLES[name]: {
            column:
            ([_folder(name, s, args) / f'{test}.json'
              for s in args.seeds], key)
            for column, key in columns.items()
        }
        for name in names
    })


def _folder(name: str, seed: int, args: argparse.Namespace) -> Path:
    return args.work_dir / name / f'seed{seed}'


def _data(split: str, folder: str) -> str:
    return (f'{split}_dataloader.dataset.ann_file='
            f'{folder}/{split}_blazepose.mmarts')


def main() -> None:
    args = parse_args(__doc__, 'data/freemotion_clips', 'work_dirs/dsd_tables')
    if not args.report_only:
        for seed in args.seeds:
            for name in FRAME_ROWS:
                run_frame_row(name, seed, args)
            for name in CLIP_ROWS:
                run_clip_row(name, seed, args)
    stills = table(
        values(list(FRAME_ROWS), 'stills', STILL_COLUMNS, args), STILL_PAIRS)
    clips = table(
        values(list(TITLES), 'clips', CLIP_COLUMNS, args), CLIP_PAIRS)
    for name, text in (('table2', stills), ('tables3to5', clips)):
        print(text)
        if args.readme:
            write_between_marks(args.readme, name, text)


if __name__ == '__main__':
    run_or_exit(main)
