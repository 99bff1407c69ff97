# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Train DSD-SATN's Tables 2 to 5 small, on rendered pictures, and write them.

One pose network is trained; from it, under every seed, Direct, Concat and
DSD; their features of clips are computed; from those the temporal networks
learn. What is done is skipped, so an interrupted call goes on where it
stopped. The pictures are made before:

  python tools/make_images.py data/freemotion_images --num 16000
  clips='data/freemotion_clips --interval 3 --size 320 --margin 1.4'
  python tools/make_images.py $clips --num 1000 --frames 16
  python tools/make_images.py $clips --split test --frames 24 --stride 70 \\
      --views 4
"""
import argparse
from pathlib import Path

import numpy as np
from ablation.report import write_between_marks
from ablation.seeds import TOOLS, call, metric, table, tested, trained
from mmengine.config import Config

from mmarts.engine.launch import run_or_exit

CONFIGS = TOOLS.parent / 'configs/dsd_satn'
POSE2D = CONFIGS / 'dsd-tiny_pose2d_freemotion.py'
CLIPS = CONFIGS / 'ablations/table3/dsd-tiny_clips_freemotion.py'
# Folder of the runs -> config. Table 2, frame by frame.
FRAME_ROWS = {
    'direct': 'ablations/table2/dsd-tiny_direct_freemotion.py',
    'concat': 'ablations/table2/dsd-tiny_concat_freemotion.py',
    'dsd': 'dsd-tiny_freemotion.py'
}
# Table 3. Folder of the runs -> config and frame network.
CLIP_ROWS = {
    'backbone-tcn':
    ('ablations/table3/tcn-tiny_backbone_freemotion.py', 'direct'),
    'backbone-satn':
    ('ablations/table3/satn-tiny_backbone_freemotion.py', 'direct'),
    'dsd-tcn': ('ablations/table3/tcn-tiny_dsd_freemotion.py', 'dsd'),
    'dsd-attention':
    ('ablations/table3/satn-tiny_no-order_freemotion.py', 'dsd'),
    'dsd-satn': ('satn-tiny_freemotion.py', 'dsd')
}
# Arguments of tools/extract_features.py.
FEATURES = {
    'direct': ('--method', 'parts'),
    'dsd': ('--method', 'features'),
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


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    parser.add_argument(
        '--images', default='data/freemotion_images', help='folder')
    parser.add_argument(
        '--clips', default='data/freemotion_clips', help='folder')
    parser.add_argument(
        '--work-dir', type=Path, default=Path('work_dirs/dsd_tables'))
    parser.add_argument(
        '--readme', type=Path, help='file that the tables are written to, too')
    parser.add_argument(
        '--report-only', action='store_true', help='run nothing')
    return parser.parse_args()


def pose_network(args: argparse.Namespace) -> Path:
    """The checkpoint that all begin from, whatever their seed."""
    return trained(POSE2D, args.work_dir / 'pose2d', 0, _pictures(args))


def run_frame_row(name: str, seed: int, args: argparse.Namespace) -> None:
    """Train and test one of Direct, Concat and DSD; keep its features."""
    config, folder = CONFIGS / FRAME_ROWS[name], _folder(name, seed, args)
    parts = (f'model.network.{part}.init_cfg.checkpoint={pose_network(args)}'
             for part in ('backbone', 'heatmap_head'))
    checkpoint = trained(config, folder, seed, _pictures(args), *parts)
    tested(config, checkpoint, folder / 'stills.json')
    cfg = Config.fromfile(config)
    tested(CLIPS, checkpoint, folder / 'clips.json',
           f'model.network.head.type={cfg.model.network.head.type}',
           f'test_dataloader.dataset.ann_file={args.clips}/test.mmarts')
    if name not in FEATURES:
        return
    for split in ('train', 'test'):
        call('extract_features.py', config, f'{args.clips}/{split}.mmarts',
             folder / f'{split}.mmarts', '--images', args.clips,
             '--checkpoint', checkpoint, '--module', 'network',
             *FEATURES[name], '--output', 1, '--crop-size', cfg.crop_size,
             '--margin', 1.4, '--jobs', 1)


def run_clip_row(name: str, seed: int, args: argparse.Namespace) -> None:
    """Train and test a temporal network."""
    config, frame = CLIP_ROWS[name]
    features = _folder(frame, seed, args)
    train, test = (
        f'{split}_dataloader.dataset.ann_file={features}/{split}.mmarts'
        for split in ('train', 'test'))
    config, folder = CONFIGS / config, _folder(name, seed, args)
    checkpoint = trained(config, folder, seed, train)
    tested(config, checkpoint, folder / 'clips.json', test)


def values(names: list[str], test: str, columns: dict,
           args: argparse.Namespace) -> dict[str, dict[str, np.ndarray]]:
    """Title of a row -> column -> a value of each seed."""
    paths = {
        name: [_folder(name, s, args) / f'{test}.json' for s in args.seeds]
        for name in names
    }
    return {
        TITLES[name]: {
            column: metric(paths[name], key)
            for column, key in columns.items()
        }
        for name in names
    }


def _folder(name: str, seed: int, args: argparse.Namespace) -> Path:
    return args.work_dir / name / f'seed{seed}'


def _pictures(args: argparse.Namespace) -> str:
    return f'train_dataloader.dataset.ann_file={args.images}/train.mmarts'


def main() -> None:
    args = parse_args()
    if not args.report_only:
        for seed in args.seeds:
            for name in FRAME_ROWS:
                run_frame_row(name, seed, args)
            for name in CLIP_ROWS:
                run_clip_row(name, seed, args)
    stills = table(
        values(list(FRAME_ROWS), 'stills', STILL_COLUMNS, args), STILL_PAIRS)
    clips = table(
        values([*FRAME_ROWS, *CLIP_ROWS], 'clips', CLIP_COLUMNS, args),
        CLIP_PAIRS)
    for name, text in (('table2', stills), ('tables3to5', clips)):
        print(text)
        if args.readme:
            write_between_marks(args.readme, name, text)


if __name__ == '__main__':
    run_or_exit(main)
