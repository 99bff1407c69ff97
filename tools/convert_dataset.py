# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Convert original data to what mmarts reads: annotation files, clips.

Annotated datasets become one file a split, OUT/<split>.mmarts; motion capture
becomes one file a clip. What is done is skipped, so an interrupted call goes
on where it stopped. OUT/report.json says what was left out and why.
docs/data.md has a section for each dataset.
"""
import argparse
import inspect
from pathlib import Path

from mmengine.config import DictAction
from rich.console import Console

from mmarts.datasets.converters.convert import convert_dataset
from mmarts.datasets.converters.mocap.base import MotionConverter
from mmarts.datasets.converters.mocap.batch import convert_folder, report_table
from mmarts.datasets.converters.report import split_table
from mmarts.engine.launch import run_or_exit
from mmarts.registry import CONVERTERS


def parse_args() -> argparse.Namespace:
    CONVERTERS.import_from_location()
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='examples:\n'
        '  python tools/convert_dataset.py pw3d 3DPW data/3dpw --jobs 8\n'
        '  python tools/convert_dataset.py cmu-asfamc allasfamc.zip '
        'data/mocap30\n'
        '  python tools/convert_dataset.py amass data/AMASS/ACCAD '
        'data/accad --fps 0 --jobs 8')
    parser.add_argument(
        'format',
        choices=sorted(CONVERTERS.module_dict),
        metavar='NAME',
        help=', '.join(sorted(CONVERTERS.module_dict)))
    parser.add_argument(
        'root', metavar='IN', help='folder or zip of the original files')
    parser.add_argument(
        'out', metavar='OUT', type=Path, help='folder to write to')
    parser.add_argument(
        '--fps',
        type=float,
        help="frames a second of the result; 0 keeps the source's, which "
        'is the default but for motion capture (30)')
    parser.add_argument(
        '--jobs', type=int, default=1, help='processes (default: %(default)s)')
    parser.add_argument(
        '--skip-bad',
        action='store_true',
        help='list broken files and records and go on; otherwise the first '
        'one ends the call')
    parser.add_argument(
        '--images',
        metavar='DIR',
        help='folder of the pictures: those that are missing or of another '
        'size are bad records')
    parser.add_argument(
        '--options',
        nargs='+',
        action=DictAction,
        default={},
        metavar='KEY=VALUE',
        help='arguments of the converter, as docs/data.md lists them')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    if (args.fps or 0) < 0 or args.jobs < 1:
        raise ValueError('--fps should be 0 or more and --jobs 1 or more, '
                         f'but they are {args.fps or 0:g} and {args.jobs}.')
    if issubclass(CONVERTERS.get(args.format), MotionConverter):
        convert_motion(args)
    else:
        convert_annotations(args)


def convert_annotations(args: argparse.Namespace) -> None:
    """An annotated dataset: one file a split."""
    options = dict(args.options)
    if args.fps is not None:
        options['fps'] = args.fps
    if args.images is not None:
        options['images'] = args.images
    check_options(args.format, options)
    report = convert_dataset(
        dict(type=args.format, **options), args.root, args.out, args.jobs,
        args.skip_bad)
    Console().print(split_table(report))
    for entry in report['splits'].values():
        for line in entry['bad']:
            print(f'bad: {line}')
    empty = [s for s, entry in report['splits'].items() if not entry['rows']]
    if empty:
        raise ValueError(f'Nothing could be converted of {empty}; '
                         f'{args.out}/report.json says why.')


def check_options(name: str, options: dict) -> None:
    """Compare options with what the converter takes.

    Raises:
        ValueError: Naming options that it lacks, or that it needs.
    """
    taken = inspect.signature(CONVERTERS.get(name)).parameters
    needed = [k for k, p in taken.items() if p.default is p.empty]
    unknown = sorted(set(options) - set(taken))
    missing = sorted(set(needed) - set(options))
    if unknown or missing:
        raise ValueError(f'The converter "{name}" ' + (
            f'has no option {unknown}' if unknown else
            f'needs --options {" ".join(f"{k}=..." for k in missing)}') +
                         f'; it has {sorted(taken)}.')


def convert_motion(args: argparse.Namespace) -> None:
    """Motion capture: one file a clip."""
    fps = 30.0 if args.fps is None else args.fps
    check_options(args.format, args.options)
    report = convert_folder(
        dict(type=args.format, **args.options), args.root, args.out, fps,
        args.jobs)
    if not report['clips']:
        path, reason = next(iter(report['failures'].items()))
        raise ValueError(f'All {len(report["failures"])} clips failed; the '
                         f'first is "{path}": {reason}')
    Console().print(
        report_table(report, report['converted'] + report['skipped']))
    clips = report['clips'].values()
    minutes = sum(clip['seconds'] for clip in clips) / 60
    print(f'{len(report["converted"])} converted, '
          f'{len(report["skipped"])} were done, '
          f'{len(report["failures"])} failed; {args.out} holds {len(clips)} '
          f'clips, {minutes:.1f} minutes')


if __name__ == '__main__':
    run_or_exit(main)
