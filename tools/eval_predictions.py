# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Score predictions of any program by a named protocol.

PRED and GT are .npz, .pkl, .json or annotation files (.mmarts) with the same
names of sequences, people and frames; pickles are read safely, nothing in
them runs. Printed are the protocol in words, what was covered, and one row a
metric. docs/evaluation.md describes files and protocols.
"""
import argparse
import logging
from contextlib import contextmanager

from mmengine.logging import MMLogger
from rich.console import Console
from rich.table import Table

from mmarts.evaluation.protocols import PROTOCOLS, get_protocol
from mmarts.utils.command import run_or_exit


def parse_args() -> argparse.Namespace:
    names = '\n'.join(f'  {name:<20} {rules.title}'
                      for name, rules in PROTOCOLS.items())
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f'''protocols:
{names}

what a file holds, F rows:
  sequence, person, frame_index     names of the rows; or one dict a sequence
  joints3d        (F, K, 3) with joint_set and fps, one value each
  joints3d_rel    the same, the root at the origin
  global_orient, body_pose, betas   or poses (F, 72); needs --body
  vertices        (F, V, 3); needs --body

examples:
  a program that saved 14 joints in millimetres, one array a sequence:
    python tools/eval_predictions.py mine.pkl data/3dpw/test.mmarts \\
        --protocol 3dpw-pointhmr --pred-joints pw3d14 --pred-unit mm \\
        --body smpl/SMPL_NEUTRAL.pkl
  body parameters, with a row for every sequence, stored:
    python tools/eval_predictions.py smpl.npz data/3dpw/test.mmarts \\
        --protocol 3dpw-14 --body smpl/SMPL_NEUTRAL.pkl \\
        --group-by sequence --out result.json
  what a protocol is:
    python tools/eval_predictions.py --show 3dpw-14''')
    parser.add_argument('pred', nargs='?', metavar='PRED', help='predictions')
    parser.add_argument('gt', nargs='?', metavar='GT', help='ground truth')
    parser.add_argument(
        '--protocol', metavar='P', help='one of the names below')
    parser.add_argument(
        '--show', metavar='P', help='print a protocol in words, and end')
    parser.add_argument(
        '--body',
        metavar='BODY',
        help='body of parameters and meshes: "free", or an SMPL file '
        '(docs/body_models.md); regressors that lie beside it are used')
    for side in ('pred', 'gt'):
        parser.add_argument(
            f'--{side}-joints',
            default='',
            metavar='SET',
            help=f'joint set of {side.upper()}, where the file has none '
            '(docs/joint_sets.md)')
        parser.add_argument(
            f'--{side}-unit',
            default='m',
            choices=('m', 'cm', 'mm'),
            help=f'of joints and meshes in {side.upper()} (default: m)')
    parser.add_argument(
        '--fps', type=float, help='frames a second, where GT has none')
    parser.add_argument(
        '--group-by',
        choices=('sequence', 'action'),
        help='a row for each of them as well')
    parser.add_argument(
        '--allow-missing',
        action='store_true',
        help='leave labelled frames out that were not predicted')
    parser.add_argument(
        '--out', metavar='JSON', help='write values and protocol to this file')
    args = parser.parse_args()
    if not args.show and not (args.pred and args.gt and args.protocol):
        parser.error('PRED, GT and --protocol are needed (or --show P)')
    return args


def main() -> None:
    args = parse_args()
    if args.show:
        print(get_protocol(args.show).text())
        return
    rules = get_protocol(args.protocol)
    from mmarts.evaluation.predictions import read_tracks, score
    from mmarts.evaluation.predictions.report import (result_content,
                                                      scoring_bodies)
    from mmarts.utils.files import write_json
    pred = read_tracks(args.pred, args.pred_joints, None, args.pred_unit)
    truth = read_tracks(args.gt, args.gt_joints, args.fps, args.gt_unit)
    bodies = scoring_bodies(args.body, truth)
    with quiet():
        result = score(pred, truth, rules, bodies, args.group_by,
                       args.allow_missing)
    print_result(result, rules)
    if args.out:
        content = result_content(result, rules)
        write_json(args.out, dict(content, pred=args.pred, gt=args.gt))
        print(f'wrote {args.out}')


@contextmanager
def quiet():
    """What each metric would log goes to the result file alone."""
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def print_result(result, rules) -> None:
    """Protocol, coverage, and a table."""
    from mmarts.evaluation.predictions.report import coverage, rows
    print(rules.text())
    print(coverage(result))
    table = Table('', 'value', 'unit')
    table.columns[1].justify = 'right'
    for row in rows(result):
        table.add_row(*row)
    Console(width=100).print(table)
    for name, reason in result.skipped.items():
        print(f'{name} was not measured: {reason}')


if __name__ == '__main__':
    run_or_exit(main)
