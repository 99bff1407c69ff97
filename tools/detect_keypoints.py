# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Detect the 2D keypoints of the people of an annotation file.

Every row's picture is looked at where its box is. The result is a .npz that
`tools/convert_dataset.py detections` attaches. What is done is kept, so an
interrupted call goes on where it stopped; processes of a launcher (torchrun,
srun, mpirun) share the work, and the last one writes the file.
"""
import argparse
from pathlib import Path

from mmarts.apis.detection import DetectionJob, detect_keypoints
from mmarts.engine.launch import run_or_exit


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='examples:\n'
        '  python tools/detect_keypoints.py data/coco/val2017.mmarts '
        'data/coco/found/val2017.npz --images coco --jobs 8\n'
        '  srun -n 8 python tools/detect_keypoints.py data/3dpw/test.mmarts '
        'data/3dpw/test_hrnet.npz --images 3DPW --model '
        'td-hm_hrnet-w48_coco.py --checkpoint hrnet-w48.pth --device cuda')
    parser.add_argument('ann_file', help='annotation file (.mmarts)')
    parser.add_argument('out', type=Path, help='file to write (.npz)')
    parser.add_argument(
        '--images',
        default='',
        metavar='DIR',
        help="folder that the file's pictures are relative to")
    parser.add_argument(
        '--videos',
        default='',
        metavar='DIR',
        help='folder of <sequence>.mp4 (or .avi, .mov, ...) in place of it')
    parser.add_argument(
        '--model',
        default='blazepose',
        help='blazepose, or the config of a top-down model of mmpose '
        '(default: %(default)s)')
    parser.add_argument(
        '--checkpoint', default='', help='weights of that model')
    parser.add_argument(
        '--device', default='cpu', help='of that model (default: %(default)s)')
    parser.add_argument(
        '--jobs', type=int, default=1, help='processes (default: %(default)s)')
    parser.add_argument(
        '--skip-bad',
        action='store_true',
        help='list rows whose picture cannot be read and go on; otherwise '
        'the first one ends the call')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    if args.jobs < 1:
        raise ValueError(f'--jobs starts at 1, but is {args.jobs}.')
    job = DetectionJob(args.ann_file, args.images, args.videos, args.model,
                       args.checkpoint, args.device, args.skip_bad)
    report = detect_keypoints(job, args.out, args.jobs)
    if report.missing:
        print(f'Done here; {report.missing} pieces of other processes are '
              f'missing, the last one writes {args.out}.')
        return
    for line in report.bad:
        print(f'bad: {line}')
    print(f'{report.found:,} of {report.rows:,} people found, '
          f'{len(report.bad):,} without a picture: {args.out}')


if __name__ == '__main__':
    run_or_exit(main)
