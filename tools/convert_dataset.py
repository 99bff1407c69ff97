# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Convert original motion capture to clips of SMPL rotations.

Every clip becomes one file in OUT; clips that are done are skipped, so an
interrupted call goes on where it stopped. OUT/report.json compares every
clip with its source.
"""
import argparse
from pathlib import Path

from rich.console import Console

from mmarts.datasets.converters.mocap.batch import convert_folder, report_table
from mmarts.engine.launch import run_or_exit

FORMATS = ('cmu-asfamc', 'bvh', 'amass', 'pybullet')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='examples:\n'
        '  python tools/convert_dataset.py cmu-asfamc allasfamc.zip '
        'data/mocap30\n'
        '  python tools/convert_dataset.py amass data/AMASS/ACCAD '
        'data/accad --fps 0 --jobs 8')
    parser.add_argument('format', choices=FORMATS)
    parser.add_argument(
        'root', metavar='IN', help='folder or zip of the original files')
    parser.add_argument(
        'out', metavar='OUT', type=Path, help='folder to write to')
    parser.add_argument(
        '--fps',
        type=float,
        default=30.0,
        help="frames a second of the result; 0 keeps the source's "
        '(default: %(default)g)')
    parser.add_argument(
        '--jobs', type=int, default=1, help='processes (default: %(default)s)')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    if args.fps < 0 or args.jobs < 1:
        raise ValueError('--fps should be 0 or more and --jobs 1 or more, '
                         f'but they are {args.fps:g} and {args.jobs}.')
    report = convert_folder(
        dict(type=args.format), args.root, args.out, args.fps, args.jobs)
    if not report['clips']:
        path, reason = next(iter(report['failures'].items()))
        raise ValueError(f'All {len(report["failures"])} clips failed; the '
                         f'first is "{path}": {reason}')
    console = Console()
    console.print(
        report_table(report, report['converted'] + report['skipped']))
    clips = report['clips'].values()
    minutes = sum(clip['seconds'] for clip in clips) / 60
    print(f'{len(report["converted"])} converted, '
          f'{len(report["skipped"])} were done, '
          f'{len(report["failures"])} failed; {args.out} holds {len(clips)} '
          f'clips, {minutes:.1f} minutes')


if __name__ == '__main__':
    run_or_exit(main)
