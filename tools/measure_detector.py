# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Measure how the shipped 2D detector errs, and fit FreeMotion's noise.

Bodies of FreeMotion's training split are dressed and drawn before made-up
rooms; the detector looks at the pictures, and what it says is compared with
the exact keypoints. The fit is what `DetectorNoise` draws from.
"""
import argparse
import json
from pathlib import Path

from detector.fit import fit
from detector.measure import Measurement, measure
from detector.plot import plot

from mmarts.datasets import FreeMotion
from mmarts.datasets.noise.detector_noise import DETECTOR_FILE
from mmarts.engine.launch import run_or_exit
from mmarts.utils.files import write_json
from mmarts.visualization.overlay import contact_sheet, write_image

NUM_FRAMES = 48


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='examples:\n'
        '  python tools/measure_detector.py --ann-file data/mocap30\n'
        '  python tools/measure_detector.py --tracks 8 --out-dir /tmp/try '
        '--json /tmp/try/noise.json')
    parser.add_argument(
        '--ann-file',
        default='',
        metavar='DIR',
        help='motion capture of tools/convert_dataset.py; what ships by '
        'default')
    parser.add_argument(
        '--tracks',
        type=int,
        default=160,
        help=f'of {NUM_FRAMES} frames (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--out-dir',
        type=Path,
        default=Path('work_dirs/detector'),
        help='measurement, pictures and plot (default: %(default)s); a '
        'measurement that is there is not made again: delete it if the '
        'motion or the drawing changed')
    parser.add_argument(
        '--json',
        type=Path,
        default=DETECTOR_FILE,
        help='where the fit goes; the file that ships by default')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    args.out_dir.mkdir(parents=True, exist_ok=True)
    data = _measured(args)
    origin = dict(
        detector='BlazePose full',
        tracks=len(data.exact),
        frames=int(data.exact[..., 0, 0].size),
        seed=args.seed,
        motion=_motion(args))
    numbers = dict(origin=origin, **fit(data))
    write_json(args.json, numbers)
    plot(numbers, args.out_dir / 'detector_noise.png')
    print(f'wrote {args.json} and {args.out_dir / "detector_noise.png"}')
    print(json.dumps({k: numbers[k] for k in ('offsets', 'swap', 'lost')}))


def _motion(args: argparse.Namespace) -> str:
    return 'converted' if args.ann_file else 'shipped'


def _measured(args: argparse.Namespace) -> Measurement:
    path = args.out_dir / (f'{_motion(args)}_tracks{args.tracks}_'
                           f'seed{args.seed}.npz')
    if path.is_file():
        return Measurement.load(path)
    # Poses as they were captured; the camera of training.
    dataset = FreeMotion(
        'train',
        num_frames=NUM_FRAMES,
        seed=args.seed,
        ann_file=args.ann_file,
        variety=dict(mirror=0.5, speed=(0.7, 1.3), sampled=0.05),
        camera=dict(truncated=0.1, keep_inside=True))
    sheet: list = []
    data = measure(dataset, args.tracks, args.seed, sheet)
    data.save(path)
    write_image(args.out_dir / 'pictures.jpg', contact_sheet(sheet))
    return data


if __name__ == '__main__':
    run_or_exit(main)
