# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The demo command: arguments, one-line errors, a table of rates."""
import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Optional, Sequence

from .inferencer import DEFAULT_CHECKPOINT, DEFAULT_SMOOTHING
from .video_io import VideoError, VideoReader

# The overlay's error at which the body no longer fits the picture.
_POOR_FIT = 0.08
_INTERRUPTED = 130
_MAX_MESSAGES = 20

_EPILOG = """\
writes into the folder:
  person_000.npz ...      one file a person: body parameters, 3D joints in
                          metres, 2D keypoints, camera; read them by
                          mmarts.apis.load_person
  VIDEO_overlay.mp4       the bodies drawn into the video, sound kept
  contact_sheet.jpg       every 10th frame of it

Ctrl-C ends the work early: what is done is finished and kept, files that
would have become longer are named person_000.partial.npz and
VIDEO_overlay.partial.mp4. A second Ctrl-C stops at once. Nothing is ever left
half-written.
One person is followed. If the detector jumps to another, that is reported
and gives a second file. Who leaves and comes back near the same place within
10 seconds stays the same person.

examples:
  python demo/video_demo.py demo/cam03.mp4
  python demo/video_demo.py walk.mov --out-dir results --focal-length 1480
  python demo/video_demo.py walk.mov --no-render
  python demo/video_demo.py walk.mov --stride 4
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
        help='weights written by tools/train.py, or converted by '
        'tools/convert_checkpoint.py (default: those that ship)')
    parser.add_argument(
        '--features',
        type=Path,
        help='image features for a network that reads them: .npy of one row '
        'a frame, or .npz with such an array "feat" (default: zeros, which '
        'such a network makes little of)')
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
        '--height',
        type=float,
        metavar='METRES',
        help='stature of the person, barefoot. One camera cannot tell a tall '
        'person far away from a small one nearby, so without it sizes and '
        'distances rest on a guess; proportions do not')
    parser.add_argument(
        '--smoothing',
        type=float,
        default=DEFAULT_SMOOTHING,
        metavar='SECONDS',
        help='average rotations and places over a bell curve of this width, '
        'depth over four times that (default: %(default)s); 0 for not, '
        '0.035 for calmer bodies that move a little less')
    parser.add_argument(
        '--stride',
        type=int,
        metavar='S',
        help='frames between the windows of the network (default: half a '
        'window, 8 of 16). Twice the stride is half the work; each frame '
        'is then the mean over fewer windows, and at a whole window they '
        'meet without any overlap, where the body may jump. '
        'docs/benchmark.md has accuracy against speed')
    parser.add_argument(
        '--no-fit',
        dest='fit',
        action='store_false',
        help="keep the network's poses; by default they are turned by as "
        'little as brings the joints onto the 2D keypoints')
    parser.add_argument(
        '--dtype',
        choices=('float32', 'bfloat16'),
        default='float32',
        help='of the products in linear layers (default: %(default)s). On a '
        'processor that multiplies in bfloat16 a network as large as the '
        "paper's takes little more than half the time in it; the small one "
        'that ships gains nothing. CPU only')
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
        with _CtrlC() as ctrl_c:
            result = _run(args, out_dir, ctrl_c)
    except KeyboardInterrupt:
        done = sorted(p.name for p in out_dir.glob('person_*.npz'))
        print(
            f'interrupted; in {out_dir}: {", ".join(done) or "nothing"}',
            file=sys.stderr)
        return _INTERRUPTED
    except _UserError as error:
        if os.environ.get('MMARTS_DEBUG'):
            raise
        print(f'error: {" ".join(str(error).split())}', file=sys.stderr)
        return 1
    if result.stopped:
        files = ', '.join(map(str, result.files)) or 'nothing: nobody was seen'
        print(f'interrupted {result.stopped}; wrote {files}', file=sys.stderr)
        return _INTERRUPTED
    _report(result)
    return 0


class _CtrlC:
    """What Ctrl-C does within the ``with`` block.

    It is a ``KeyboardInterrupt`` unless :attr:`gentle` is set: then the first
    one only asks to stop. Calling this says whether it has.
    """

    def __init__(self) -> None:
        self.gentle = self._asked = False

    def __call__(self) -> bool:
        return self._asked

    def _on_signal(self, *_) -> None:
        if self._asked or not self.gentle:
            raise KeyboardInterrupt
        self._asked = True

    def __enter__(self) -> '_CtrlC':
        # Python hands signals to the main thread only.
        self._mine = threading.current_thread() is threading.main_thread()
        if self._mine:
            self._before = signal.signal(signal.SIGINT, self._on_signal)
        return self

    def __exit__(self, *exception) -> None:
        if self._mine:
            signal.signal(signal.SIGINT, self._before)


class _UserError(Exception):
    """Something the user can put right; the text is shown without a trace.
    """


def _run(args: argparse.Namespace, out_dir: Path, ctrl_c: _CtrlC):
    try:
        # A bad file should not wait for the networks to load.
        with VideoReader(args.video):
            pass
        inferencer = _build(args)
        ctrl_c.gentle = True
        return inferencer(
            args.video,
            out_dir,
            render=not args.no_render,
            progress=not args.quiet,
            should_stop=ctrl_c,
            features=args.features)
    except (VideoError, ImportError, OSError) as error:
        raise _UserError(error) from error
    except RuntimeError as error:
        from mmarts.visualization.renderer import RendererError
        if not isinstance(error, RendererError):
            raise
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
        return VideoInferencer(
            checkpoint,
            args.device,
            args.focal_length,
            args.renderer,
            stride=args.stride,
            smoothing=args.smoothing,
            height=args.height,
            fit=args.fit,
            dtype=args.dtype)
    except (ValueError, KeyError, RuntimeError) as error:
        # A wrong checkpoint, device, focal length, stride, smoothing,
        # height or dtype.
        raise _UserError(error) from error


def _report(result) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    rates = Table(
        'stage',
        'frames/s',
        caption='Loading apart; frames are decoded meanwhile.')
    for stage, rate in result.rates.items():
        rates.add_row(stage, f'{rate:.1f}')
    console.print(rates)
    for number, (track, error) in enumerate(zip(result.tracks, result.errors)):
        frames = f'{track.frames[0]}-{track.frames[-1]}'
        print(f'person {number}: frames {frames}, seen in '
              f'{int(track.valid.sum())}; joints are {error:.1%} of the box '
              'height from the keypoints (median)' +
              (', a poor fit' if error > _POOR_FIT else ''))
    for message in result.messages[:_MAX_MESSAGES]:
        print(message)
    more = len(result.messages) - _MAX_MESSAGES
    if more > 0:
        print(f'... and {more} more of this kind; "switches" and "segments" '
              'in the files of the people hold all of them.')
    for path in result.files:
        print(f'wrote {path}')
