# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Train INT's Table 2 small, on rendered pictures, and write it down.

Under every seed a first phase is trained on what BlazePose sees in stills; its
tokens of clips are kept; every row learns from those, and is tested on others.
What is done is skipped, so an interrupted call goes on where it stopped. Made
before: pictures, as configs/int_hmr/int-blazepose_phase1_freemotion.py and
int-blazepose_phase2_freemotion.py tell, and the maps of all of them.
"""
import argparse

from ablation.report import write_between_marks
from ablation.seeds import (TOOLS, call, complete_rows, parse_args, table,
                            tested, trained)
from mmengine.config import Config

from mmarts.engine.launch import run_or_exit

CONFIGS = TOOLS.parent / 'configs/int_hmr'
PHASE1 = CONFIGS / 'int-blazepose_phase1_freemotion.py'
# Title -> folder of the runs.
ROWS = {
    'image only': 'image-only',
    'whole pose': 'whole-pose',
    'separate joints': 'separate-joint'
}
ROW_CONFIGS = {
    'image-only': 'ablations/table2/int-blazepose_image-only_freemotion.py',
    'whole-pose': 'ablations/table2/int-blazepose_whole-pose_freemotion.py',
    'separate-joint': 'int-blazepose_phase2_freemotion.py'
}
PAIRS = [('whole pose', 'image only'), ('separate joints', 'image only'),
         ('separate joints', 'whole pose')]
# Frames and interval of what is seen of a clip of 16.
TESTS = dict(whole=(16, 1), woven=(8, 2))
ACCEL = 'motion/accel_mm_per_frame2_30fps'
COLUMNS = {
    'PA-MPJPE': ('whole', 'joints3d/pa_mpjpe'),
    'MPJPE': ('whole', 'joints3d/mpjpe'),
    'Accel': ('whole', ACCEL),
    'PA-MPJPE, woven': ('woven', 'joints3d/pa_mpjpe'),
    'Accel, woven': ('woven', ACCEL)
}


def run_seed(seed: int, args: argparse.Namespace) -> None:
    """All that a seed has not done yet."""
    cfg = Config.fromfile(PHASE1)
    folder = args.work_dir / 'phase1' / f'seed{seed}'
    base = trained(
        PHASE1, folder, seed,
        f'train_dataloader.dataset.ann_file={args.images}/train_c5.mmarts')
    tested(PHASE1, base, folder / 'stills.json',
           f'test_dataloader.dataset.ann_file={args.images}/test_c5.mmarts')
    crop, (margin, _) = cfg.crop_size, cfg.clips.augment.margin
    kept = {}
    for split in ('train', 'test'):
        kept[split] = folder / f'{split}_tokens.mmarts'
        call('extract_features.py', PHASE1, f'{args.clips}/{split}_c5.mmarts',
             kept[split], '--from-features', '--checkpoint', base, '--module',
             'tokens', '--method', 'packed', '--crop-size', crop, '--margin',
             margin, '--jobs', 1)
    for name in ROWS.values():
        config = CONFIGS / ROW_CONFIGS[name]
        folder = args.work_dir / name / f'seed{seed}'
        checkpoint = trained(
            config, folder, seed, f'load_from={base}',
            f'train_dataloader.dataset.ann_file={kept["train"]}')
        for test, (frames, interval) in TESTS.items():
            data = 'test_dataloader.dataset'
            tested(config, checkpoint, folder / f'{test}.json',
                   f'{data}.type=FeatureClips',
                   f'{data}.ann_file={kept["test"]}',
                   f'{data}.num_frames={frames}',
                   f'{data}.interval={interval}')


def results(args: argparse.Namespace) -> str:
    """The table of what was tested."""
    cells = {
        title: {
            column: ([
                args.work_dir / name / f'seed{seed}' / f'{test}.json'
                for seed in args.seeds
            ], key)
            for column, (test, key) in COLUMNS.items()
        }
        for title, name in ROWS.items()
    }
    return table(complete_rows(cells), PAIRS)


def main() -> None:
    args = parse_args(__doc__, 'data/int_clips', 'work_dirs/int_table2')
    if not args.report_only:
        for seed in args.seeds:
            run_seed(seed, args)
    text = results(args)
    print(text)
    if args.readme:
        write_between_marks(args.readme, 'table2', text)


if __name__ == '__main__':
    run_or_exit(main)
