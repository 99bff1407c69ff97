# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Render FreeMotion's bodies to JPEG files with an annotation file.

OUT/<split>.mmarts names the pictures and holds their bodies; PictureClips
reads it. The same seed gives the same pictures. What is done is skipped, so
an interrupted call goes on where it stopped. docs/freemotion_images.md tells
what is drawn.
"""
import argparse
import os
import time
from pathlib import Path

import torch

from mmarts.datasets import PictureClips
from mmarts.datasets.images.picture_writer import (rendering_rate,
                                                   write_pictures)
from mmarts.engine.launch import run_or_exit
from mmarts.registry import DATASETS
from mmarts.visualization.overlay import (contact_sheet, draw_skeleton,
                                          write_image)

TRAINING = 10000  # samples, where nobody says how many
SHEET = 40  # pictures of the contact sheet


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='examples:\n'
        '  python tools/make_images.py data/freemotion_images --num 20000\n'
        '  python tools/make_images.py data/freemotion_images --num 500 '
        '--split test\n'
        '  python tools/make_images.py data/freemotion_clips --split test '
        '--frames 24 --interval 3 --stride 70 --views 4\n'
        '  python tools/make_images.py data/freemotion_clips --num 1000 '
        '--frames 16 --interval 4 --backgrounds data/photos')
    add = parser.add_argument
    add('out', metavar='OUT', type=Path, help='folder to write to')
    add('--num',
        type=int,
        metavar='N',
        help=f'pictures, or clips (default: {TRAINING} of train, all of val '
        'and test)')
    add('--seed', type=int, default=0, help='decides every picture')
    add('--split', choices=('train', 'val', 'test'), default='train')
    add('--frames',
        type=int,
        default=1,
        help='of a clip; 1 for single pictures')
    add('--interval',
        type=int,
        default=1,
        help='frames at 30 fps from one frame of a clip to the next')
    add('--views',
        type=int,
        default=16,
        help='cameras and bodies that motion of val and test is seen with '
        '(default: %(default)s)')
    add('--stride',
        type=int,
        default=8,
        help='frames at 30 fps from one picture, or clip, of val and test to '
        'the next (default: %(default)s)')
    add('--size', type=int, default=256, help='side of a picture, pixels')
    add('--margin',
        type=float,
        default=1.6,
        help="side of a picture over the person's tight box: room for the "
        'augmentation (default: %(default)s)')
    add('--joint-set', default='spin49', help='(default: %(default)s)')
    add('--backgrounds',
        default='',
        metavar='DIR',
        help='folder of pictures; drawn rooms by default')
    add('--ann-file',
        default='',
        metavar='DIR',
        help='motion of tools/convert_dataset.py; the excerpts that ship by '
        'default')
    add('--quality', type=int, default=90, help='of the JPEG files')
    add('--jobs',
        type=int,
        default=os.cpu_count(),
        help='processes (default: all cores)')
    add('--no-write',
        action='store_true',
        help='only measure how fast pictures are rendered')
    return parser.parse_args()


def dataset_config(args: argparse.Namespace) -> dict:
    """What renders: pictures as wide as asked for, and nothing cut again."""
    training = dict(
        variety=dict(
            mirror=0.5,
            splice=0.2,
            pose_std=0.12,
            speed=(0.7, 1.3),
            sampled=0.05),
        camera=dict(truncated=0.05))
    return dict(
        type='FreeMotionImages',
        split=args.split,
        joint_set=args.joint_set,
        num_frames=args.frames,
        interval=args.interval,
        seed=args.seed,
        crop_size=args.size,
        box='window',
        augment=dict(margin=(args.margin, args.margin)),
        pictures=dict(backgrounds=args.backgrounds),
        ann_file=args.ann_file,
        **(training if args.split == 'train' else dict(
            views=args.views, stride=args.stride)))


def main() -> None:
    args = parse_args()
    low = min(args.frames, args.interval, args.views, args.stride,
              args.size, args.quality, args.jobs,
              *([] if args.num is None else [args.num]))
    if low < 1 or args.quality > 100 or args.margin <= 0:
        raise ValueError('--num, --frames, --interval, --views, --stride, '
                         '--size, --quality and --jobs start at 1, --quality '
                         'ends at 100, and --margin is above 0.')
    if args.num is None:
        args.num = TRAINING if args.split == 'train' else len(
            DATASETS.build(dataset_config(args)))
    if args.no_write:
        rate, work = rendering_rate(dataset_config(args), args.num, args.jobs)
        print(f'{rate:.1f} pictures/s of {args.size} x {args.size} on '
              f'{args.jobs} processes, not written; {1000 * work:.1f} ms of '
              'one processor a picture')
        return
    torch.set_num_threads(1)
    began = time.perf_counter()
    done = write_pictures(
        dataset_config(args), args.out, args.num, args.quality, args.jobs)
    seconds = time.perf_counter() - began
    rate = done['rendered'] * args.frames / seconds
    sheet = write_sheet(args.out, args.split, args.joint_set)
    print(f'{done["pictures"]} pictures of {done["samples"]} samples in '
          f'{args.out}, {done["rendered"]} samples of this call in '
          f'{seconds:.0f} s ({rate:.1f} pictures/s); look at {sheet}')


def write_sheet(out: Path, split: str, joint_set: str) -> Path:
    """The first pictures, with and without their skeletons."""
    dataset = PictureClips(
        str(out / f'{split}.mmarts'),
        num_frames=1,
        interval=1,
        joint_set=joint_set,
        augment=dict(margin=(1.4, 1.4)))
    tiles = []
    for index in range(min(SHEET, len(dataset))):
        item = dataset[index]
        image = item['inputs']['image'][0].movedim(0, -1).numpy().copy()
        if index % 2:
            points = item['data_samples'].keypoints2d_crop[0].numpy()
            draw_skeleton(
                image, (points + 1) * len(image) / 2,
                joint_set=joint_set,
                thickness=1)
        tiles.append(image)
    return write_image(out / f'{split}_sheet.jpg', contact_sheet(tiles, 10))


if __name__ == '__main__':
    run_or_exit(main)
