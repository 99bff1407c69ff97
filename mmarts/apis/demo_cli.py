# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The demo command: arguments, one-line errors, a table of rates."""
import argparse
import sys
from pathlib import Path
from typing import Optional, Sequence

from .video_io import VideoError, VideoReader

DEFAULT_CHECKPOINT = (
    Path(__file__).parents[1] / 'assets' / 'arts-tiny_freemotion.pth')
# The overlay's error at which the body no longer fits the picture.
_POOR_FIT = 0.08
_INTERRUPTED = 130

_EPILOG = """\
writes into the folder:
  person_000.npz ...      one file a person: body parameters, 3D joints in
                          metres, 2D keypoints, camera; read them by
                          mmarts.apis.load_person
  VIDEO_overlay.mp4       the bodies drawn into the video, sound kept
  contact_sheet.jpg       every 10th frame of it

Each person's file is complete before drawing begins; Ctrl-C then costs the
overlay only. Nothing is ever left half-written under its final name.
One person is followed. If the detector jumps to another, that is reported
and gives a second file.

examples:
  python demo/video_demo.py demo/cam03.mp4
  python demo/video_demo.py walk.mov --out-dir results --focal-length 1480
  python demo/video_demo.py walk.mov --no-render
"""


def build_parser() -> argparse.ArgumentParser:
    """Parser of the demo."""
    parser = argparse.ArgumentParser(
        description='Human bodies from a video: parameters, 3D joints and '
        'a video with the bodies drawn in.',
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_EPILOG)
    parser.add_argument('video', type=Path, help='a video file')
    parser.add_argument(
        '--out-dir',
        type=Path,
        help='folder for the results (default: outputs/VIDEO)')
    parser.add_argument(
        '--checkpoint',
        type=Path,
        help='weights written by tools/train.py (default: those that ship)')
    parser.add_argument(
        '--device',
        default='auto',
        help='cpu, cuda, cuda:1 ... (default: a GPU if there is one)')
    parser.add_argument(
        '--focal-length',
        type=float,
        help='of the camera, pixels (default: the image diagonal, about 53 '
        'degrees of view along it)')
    parser.add_argument(
        '--renderer',
        choices=('auto', 'egl', 'software'),
        default='auto',
        help='OpenGL without a screen, or a slower one that needs nothing '
        '(default: OpenGL if it works)')
    parser.add_argument(
        '--no-render', action='store_true', help='write the person files only')
    parser.add_argument(
        '--quiet', action='store_true', help='no progress bars')
    return parser


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run the demo.

    Args:
        argv: Arguments without the program's name; the command line's when
            None.

    Returns:
        Exit code: 0, 1 after an error of one line, 130 after Ctrl-C.
    """
    args = build_parser().parse_args(argv)
    out_dir = args.out_dir or Path('outputs') / args.video.stem
    try:
        result = _run(args, out_dir)
    except KeyboardInterrupt:
        done = sorted(p.name for p in out_dir.glob('person_*.npz'))
        print(
            f'interrupted; in {out_dir}: {", ".join(done) or "nothing"}',
            file=sys.stderr)
        return _INTERRUPTED
    except _UserError as error:
        print(f'error: {" ".join(str(error).split())}', file=sys.stderr)
        return 1
    _report(result)
    return 0


class _UserError(Exception):
    """Something the user can put right; the text is shown without a trace.
    """


def _run(args: argparse.Namespace, out_dir: Path):
    from mmarts.visualization.renderer import RendererError

    try:
        # A bad file should not wait for the networks to load.
        with VideoReader(args.video):
            pass
        inferencer = _build(args)
        return inferencer(
            args.video,
            out_dir,
            render=not args.no_render,
            progress=not args.quiet)
    except (VideoError, RendererError, ImportError, OSError) as error:
        raise _UserError(error) from error


def _build(args: argparse.Namespace):
    from .inferencer import VideoInferencer

    checkpoint = args.checkpoint or DEFAULT_CHECKPOINT
    if not checkpoint.is_file():
        hint = ('There is no file'
                if args.checkpoint else 'No weights ship with this copy')
        raise _UserError(f'{hint} ("{checkpoint}"): train some by `bash '
                         'tools/quickstart.sh`, or give --checkpoint.')
    try:
        return VideoInferencer(checkpoint, args.device, args.focal_length,
                               args.renderer)
    except (ValueError, KeyError, RuntimeError) as error:
        # A wrong checkpoint, device or focal length.
        raise _UserError(error) from error


def _report(result) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    rates = Table('stage', 'frames/s')
    for stage, rate in result.rates.items():
        rates.add_row(stage, f'{rate:.1f}')
    console.print(rates)
    for number, (track, error) in enumerate(zip(result.tracks, result.errors)):
        frames = f'{track.frames[0]}-{track.frames[-1]}'
        print(f'person {number}: frames {frames}, seen in '
              f'{int(track.valid.sum())}; joints are {error:.1%} of the box '
              'height from the keypoints (median)' +
              (', a poor fit' if error > _POOR_FIT else ''))
    for message in result.messages:
        print(message)
    for path in (*result.persons, result.overlay, result.contact_sheet):
        if path is not None:
            print(f'wrote {path}')
