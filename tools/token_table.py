# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Train INT's Table 2 small, on rendered pictures, and write it down.

Under every seed a first phase is trained on pictures; its tokens of clips are
kept; every row learns from those, and is tested on others. What is done is
skipped, so an interrupted call goes on where it stopped. Made before:

  python tools/make_images.py data/freemotion_images --num 16000 \\
      --ann-file data/mocap30
  python tools/train.py configs/dsd_satn/dsd-tiny_pose2d_freemotion.py
  python tools/make_images.py data/int_clips --num 2000 --frames 8 \\
      --interval 2 --seed 1 --ann-file data/mocap30
  python tools/make_images.py data/int_clips --split test --frames 16 \\
      --views 2 --stride 16
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from ablation.report import write_between_marks
from mmengine.config import Config

from mmarts.engine.launch import run_or_exit

TOOLS = Path(__file__).parent
CONFIGS = TOOLS.parent / 'configs/int_hmr'
PHASE1 = CONFIGS / 'int-tiny_phase1_pictures.py'
ROWS = {
    'image only': 'image-only',
    'whole pose': 'whole-pose',
    'separate joints': 'separate-joint'
}
# Of the 16 frames of a clip.
TESTS = dict(whole=(16, 1), woven=(8, 2))
ACCEL = 'motion/accel_mm_per_frame2_30fps'
COLUMNS = {
    'PA-MPJPE': ('whole', 'joints3d/pa_mpjpe'),
    'MPJPE': ('whole', 'joints3d/mpjpe'),
    'Accel': ('whole', ACCEL),
    'PA-MPJPE, woven': ('woven', 'joints3d/pa_mpjpe'),
    'Accel, woven': ('woven', ACCEL)
}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    parser.add_argument(
        '--images', default='data/freemotion_images', help='folder')
    parser.add_argument('--clips', default='data/int_clips', help='folder')
    parser.add_argument(
        '--work-dir', type=Path, default=Path('work_dirs/int_table2'))
    parser.add_argument(
        '--readme', type=Path, help='file that the table is written to, too')
    parser.add_argument(
        '--report-only', action='store_true', help='run nothing')
    return parser.parse_args()


def call(tool: str, *args) -> None:
    """Run a tool of this folder."""
    subprocess.run([sys.executable, TOOLS / tool, *map(str, args)], check=True)


def trained(config: Path, folder: Path, seed: int, *options: str) -> Path:
    """The checkpoint of a training, which is finished first."""
    steps = Config.fromfile(config).train_cfg.max_iters
    path = folder / f'iter_{steps}.pth'
    if not path.is_file():
        call('train.py', config, '--resume', '--work-dir', folder,
             '--cfg-options', f'randomness.seed={seed}', *options)
    return path


def run_seed(seed: int, args: argparse.Namespace) -> None:
    """All that a seed has not done yet."""
    folder = args.work_dir / 'phase1' / f'seed{seed}'
    base = trained(
        PHASE1, folder, seed, 'train_dataloader.dataset.groups.images.'
        f'ann_file={args.images}/train.mmarts')
    crop = Config.fromfile(PHASE1).crop_size
    kept = {
        split: folder / f'{split}_tokens.mmarts'
        for split in ('train', 'test')
    }
    for split, path in kept.items():
        call('extract_features.py', PHASE1, f'{args.clips}/{split}.mmarts',
             path, '--checkpoint', base, '--module', 'tokens', '--method',
             'packed', '--crop-size', crop, '--jobs', 1)
    for name in ROWS.values():
        config = CONFIGS / f'ablations/table2/int-tiny_{name}_kept-tokens.py'
        folder = args.work_dir / name / f'seed{seed}'
        checkpoint = trained(
            config, folder, seed, f'load_from={base}',
            f'train_dataloader.dataset.ann_file={kept["train"]}')
        for test, (frames, interval) in TESTS.items():
            out = folder / f'{test}.json'
            if not out.is_file():
                data = 'test_dataloader.dataset'
                call('test.py', config, checkpoint, '--work-dir', folder,
                     '--out', out, '--cfg-options',
                     f'{data}.ann_file={kept["test"]}',
                     f'{data}.num_frames={frames}',
                     f'{data}.interval={interval}')


def values(args: argparse.Namespace, name: str, column: str) -> np.ndarray:
    """``(seeds,)``."""
    test, metric = COLUMNS[column]
    paths = [args.work_dir / name / f'seed{s}/{test}.json' for s in args.seeds]
    return np.array(
        [json.loads(path.read_text())['metrics'][metric] for path in paths])


def table(args: argparse.Namespace) -> str:
    """Means and deviations, and what each seed gains over the first row."""
    found = {
        title: {
            c: values(args, name, c)
            for c in COLUMNS
        }
        for title, name in ROWS.items()
    }
    first, *others = found
    pairs = {
        f'{title} minus {first}': {
            c: found[title][c] - found[first][c]
            for c in COLUMNS
        }
        for title in others
    }
    last = others[-1]
    pairs[f'{last} minus {others[0]}'] = {
        c: found[last][c] - found[others[0]][c]
        for c in COLUMNS
    }
    rows = [('', *COLUMNS), ['---'] * (1 + len(COLUMNS))]
    rows += [(title, *map(_spread, row.values()))
             for title, row in found.items()]
    rows += [(title, *map(_signed, row.values()))
             for title, row in pairs.items()]
    return '\n'.join(f'| {" | ".join(row)} |' for row in rows)


def _spread(x: np.ndarray) -> str:
    return f'{x.mean():.1f} ± {x.std(ddof=1) if len(x) > 1 else 0:.1f}'


def _signed(x: np.ndarray) -> str:
    """Bold where the mean is outside the deviation of the differences."""
    deviation = x.std(ddof=1) if len(x) > 1 else np.inf
    text = f'{x.mean():+.1f} ± {deviation:.1f}'
    return f'**{text}**' if abs(x.mean()) > deviation else text


def main() -> None:
    args = parse_args()
    if not args.report_only:
        for seed in args.seeds:
            run_seed(seed, args)
    text = table(args)
    print(text)
    if args.readme:
        write_between_marks(args.readme, 'table2', text)


if __name__ == '__main__':
    run_or_exit(main)
