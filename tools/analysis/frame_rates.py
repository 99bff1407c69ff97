# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""How well bodies of a video come out at other frame rates than trained.

FreeMotion's clips are cut into pieces of a few seconds, seen at each
frame rate, given the measured detector's errors or none, and go the way of a
video: resampled, cut into windows, merged, resampled back. H36M-14, read off
the mesh, pelvis at the origin; accelerations are those of 30 frames a second
whatever the rate, so that rows can be compared.
"""
import argparse
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.progress import track as progress
from rich.table import Table

from mmarts.apis import Track, TrackMesher
from mmarts.apis.inferencer import DEFAULT_CHECKPOINT
from mmarts.datasets import FreeMotion
from mmarts.engine.launch import run_or_exit
from mmarts.geometry.alignment import procrustes_align
from mmarts.structures import BodyParams, get_joint_set
from mmarts.utils.files import write_json

METRES_TO_MM = 1000.
REFERENCE_FPS = 30.
COLUMNS = dict(
    pa_mpjpe='PA-MPJPE',
    mpjpe='MPJPE',
    accel='Accel at 30 fps',
    speed_ratio='speed over the true one')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        '--checkpoint',
        type=Path,
        default=DEFAULT_CHECKPOINT,
        help='weights (default: those that ship)')
    parser.add_argument(
        '--fps',
        type=float,
        nargs='+',
        default=[60, 50, 30, 25, 15],
        help='frame rates (default: 60 50 30 25 15)')
    parser.add_argument(
        '--split',
        choices=('val', 'test'),
        default='test',
        help='whose people (default: %(default)s)')
    parser.add_argument(
        '--ann-file',
        default='',
        help='converted motion capture, or what '
        'ships')
    parser.add_argument(
        '--noise',
        action='store_true',
        help='with the errors of the shipped detector')
    parser.add_argument(
        '--seconds', type=float, default=3., help='of a piece (default: 3)')
    parser.add_argument(
        '--views', type=int, default=1, help='cameras a clip (default: 1)')
    parser.add_argument(
        '--smoothing',
        type=float,
        default=0.,
        help="seconds, as the demo's option (default: none)")
    parser.add_argument(
        '--fit',
        action='store_true',
        help='bring poses onto the keypoints, as the demo does')
    parser.add_argument('--out', help='JSON to write')
    return parser.parse_args()


@torch.no_grad()
def main() -> None:
    args = parse_args()
    mesher = TrackMesher(
        str(args.checkpoint), smoothing=args.smoothing, fit=args.fit)
    rows = {f'{fps:g}': measure(mesher, fps, args) for fps in args.fps}
    table = Table(title=f'FreeMotion {args.split}, mm; '
                  f'{"detector noise" if args.noise else "exact 2D"}')
    for title in ('fps', *COLUMNS.values()):
        table.add_column(title, justify='right')
    for fps, row in rows.items():
        table.add_row(fps, *(f'{row[key]:.2f}' for key in COLUMNS))
    Console().print(table)
    if args.out:
        write_json(args.out, rows)


def measure(mesher: TrackMesher, fps: float, args) -> dict:
    """Mean over all frames of all pieces at one frame rate."""
    frames = round(args.seconds * fps)
    dataset = FreeMotion(
        args.split,
        ann_file=args.ann_file,
        num_frames=frames,
        stride=frames,
        fps=fps,
        views=args.views,
        camera=dict(keep_inside=True),
        noise=dict(type='DetectorNoise') if args.noise else None)
    sums = dict.fromkeys(COLUMNS, 0.)
    for index in progress(range(len(dataset)), description=f'{fps:g} fps'):
        for key, value in errors(mesher, dataset[index], fps).items():
            sums[key] += value / len(dataset)
    return sums


def errors(mesher: TrackMesher, sample: dict, fps: float) -> dict:
    """Of one piece."""
    inputs, truth = sample['inputs'], sample['data_samples']
    points = inputs['keypoints2d'].numpy()
    scores = inputs['keypoints2d_score'].numpy()
    mesh = mesher(
        Track(
            frames=np.arange(len(points)),
            keypoints2d=points,
            scores=scores,
            boxes=np.concatenate([points.min(1), points.max(1)], -1),
            valid=scores.max(-1) > 0,
            fps=fps,
            image_size=tuple(inputs['image_size'].int().tolist())),
        float(inputs['K'][0, 0]))
    ours = _joints(mesher.body_model, mesh)
    target = _joints(mesher.body_model, truth)
    aligned = procrustes_align(ours, target)
    to_30 = (fps / REFERENCE_FPS)**2 * METRES_TO_MM
    return dict(
        pa_mpjpe=METRES_TO_MM * _length(aligned - target),
        mpjpe=METRES_TO_MM * _length(ours - target),
        accel=to_30 * _length(ours.diff(n=2, dim=0) - target.diff(n=2, dim=0)),
        speed_ratio=_length(ours.diff(dim=0)) / _length(target.diff(dim=0)))


def _joints(body, values) -> torch.Tensor:
    """H36M-14 ``(F, 14, 3)`` read off the mesh, pelvis at the origin."""
    params = BodyParams(*(torch.as_tensor(getattr(values, name)).float()
                          for name in ('global_orient', 'body_pose', 'betas')))
    joints = body.joints(params, 'h36m17')
    names = get_joint_set('h36m17')
    joints = joints - joints[:, names.index('Pelvis')]
    return joints[:, names.index(*get_joint_set('h36m14').joints)]


def _length(points: torch.Tensor) -> float:
    return float(points.norm(dim=-1).mean())


if __name__ == '__main__':
    run_or_exit(main)
