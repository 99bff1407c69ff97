# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Turn weights of an authors' release into a checkpoint of mmarts.

The result is what tools/train.py writes: tools/test.py measures it and
demo/video_demo.py runs it. Every weight of the network must come from IN, and
every weight in IN must be known; what is left out is listed with its reason.
"""
import argparse
from pathlib import Path

from mmengine.config import DictAction
from rich.console import Console
from rich.table import Table

from mmarts.engine.checkpoint_converter import convert_checkpoint
from mmarts.engine.launch import run_or_exit


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='formats: "int-release", "dsd-release", "pointhmr-release"; '
        'others are found\nin projects: "arts-release" in '
        'projects/arts_release, whose README '
        'says what the files need\n\n'
        'examples:\n'
        '  python tools/convert_checkpoint.py arts-release '
        'mesh_3dpw.pth.tar arts-release_3dpw.pth\n'
        '  python tools/convert_checkpoint.py arts-release IN OUT '
        '--cfg-options model.mean_vertices=smpl_mean_vertices.npy\n'
        '  python tools/convert_checkpoint.py int-release IN '
        'int_release.pth\n'
        '  python tools/convert_checkpoint.py dsd-release IN '
        'dsd_release.pth')
    parser.add_argument('format', help='name of the release')
    parser.add_argument('source', metavar='IN', help="the release's file")
    parser.add_argument(
        'target', metavar='OUT', type=Path, help='file to write, .pth')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        metavar='KEY=VALUE',
        help="change the network's config, e.g. "
        'model.body_model.model_path=SMPL_NEUTRAL.pkl')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    result = convert_checkpoint(args.source, args.target, args.format,
                                args.cfg_options)
    table = Table('left out', 'tensors')
    for reason, names in result.dropped.items():
        table.add_row(reason, str(len(names)))
    Console().print(table)
    for note in result.notes:
        print(note)
    print(f'{result.kept} tensors are used; body '
          f'{result.meta["body_model_id"]}, joints '
          f'{result.meta["joint_set"]}, windows of '
          f'{result.meta["num_frames"]} frames')
    print(f'wrote {args.target}')


if __name__ == '__main__':
    run_or_exit(main)
