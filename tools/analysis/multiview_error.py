# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Bodies of each view against joints triangulated from all views.

Every video is run as the demo runs it. The 2D keypoints of all views give
the reference: robust triangulation, low-passed at 6 Hz. Shoulders, elbows,
wrists, hips, knees and ankles are compared, frame by frame after a similarity
transform (PA-MPJPE), and in their motion after one scale for the clip
(acceleration and speed of joints, middle of the hips at 0). Beside ours stand
BlazePose's own 3D landmarks, bare and smoothed as much as ours. These have no
place: a second table tells how our bodies move before the camera, and how fast
the slower ankle is, as a standing foot should not slide. The reference shares
the detector's idea of a joint and its errors in all views at once; it is no
motion capture.
"""
import argparse
from pathlib import Path

import numpy as np
import torch
from clips import (BODY, Watched, add_arguments, foot_speed, joint_speed, lag,
                   triangulate, views_of, watch)
from rich.console import Console
from rich.table import Table
from scipy.signal import butter, sosfiltfilt

from mmarts.engine.launch import run_or_exit
from mmarts.geometry.alignment import procrustes_align
from mmarts.geometry.motion import smooth_points
from mmarts.structures import get_joint_set
from mmarts.utils.files import write_json

METRES_TO_MM = 1000.
CUT_OFF_HZ = 6.
COLUMNS = dict(
    pa_mpjpe='PA-MPJPE, mm',
    accel='Accel, mm/frame^2',
    speed_ratio='speed over the reference',
    lag='lag, frames')
METHODS = dict(
    ours='ours',
    blazepose='BlazePose 3D',
    blazepose_smoothed='BlazePose 3D, smoothed')
PLACED_COLUMNS = dict(
    accel='Accel, mm/frame^2',
    speed_ratio='speed over the reference',
    foot='slower ankle, m/s',
    foot_reference='reference, m/s')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='example, with the data of the package pose2sim:\n'
        '  python tools/analysis/multiview_error.py '
        'Demo_SinglePerson/calibration/Calib.qca.txt '
        'Demo_SinglePerson/videos/cam0?.mp4')
    parser.add_argument(
        'calibration', type=Path, help='Qualisys file, *.qca.txt')
    parser.add_argument(
        'videos',
        type=Path,
        nargs='+',
        help='synchronous videos, each named like its camera')
    add_arguments(parser, 'outputs/multiview')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    views = views_of(args.calibration, args.videos)
    seen = {
        video.stem:
        watch(video, args.out_dir / video.stem, args.checkpoint, False,
              args.smoothing, args.fit)
        for video in args.videos
    }
    world, error, fps, start = reference(views, list(seen.values()))
    results = dict(
        reprojection_px=float(np.median(error)), frames=len(world), views={})
    for view, (name, watched) in zip(views, seen.items()):
        rows = rows_of(watched, start, len(world))
        target = view.to_camera(world)
        results['views'][name] = dict(
            ours=compare(watched.mesh.joints3d[rows], target),
            blazepose=compare(watched.landmarks[rows], target),
            blazepose_smoothed=compare(
                smooth_points(
                    torch.as_tensor(watched.landmarks[rows]),
                    args.smoothing * fps), target),
            placed=compare_placed(watched.mesh.joints3d[rows], target, fps))
    write_json(args.out_dir / 'results.json', results)
    show(results, fps)


def reference(views: list, seen: list) -> tuple:
    """Joints ``(F, 19, 3)`` of the frames that all views have, in the world,
    their reprojection errors, the frame rate and the first frame."""
    start = max(w.track.frames[0] for w in seen)
    stop = min(w.track.frames[-1] for w in seen) + 1
    rows = [rows_of(w, start, stop - start) for w in seen]
    world, error = triangulate(
        views, np.stack([w.track.keypoints2d[r] for w, r in zip(seen, rows)]),
        np.stack([w.track.scores[r] for w, r in zip(seen, rows)]))
    fps = seen[0].track.fps
    low_pass = butter(4, CUT_OFF_HZ / (fps / 2), output='sos')
    return sosfiltfilt(low_pass, world, axis=0), error, fps, start


def rows_of(watched: Watched, start: int, count: int) -> slice:
    """Where ``count`` frames of the video lie in a track."""
    first = start - watched.track.frames[0]
    return slice(first, first + count)


def compare(joints3d: np.ndarray, target: np.ndarray) -> dict:
    """Errors of ``(F, 19, 3)`` against the reference in camera axes."""
    index = get_joint_set('coco19').index(*BODY)
    ours, target = (
        torch.as_tensor(np.asarray(p, float)[:, index])
        for p in (joints3d, target))
    aligned = procrustes_align(ours, target)
    hips = [BODY.index('L_Hip'), BODY.index('R_Hip')]
    ours, target = (
        p - p[:, hips].mean(1, keepdim=True) for p in (ours, target))
    ours = ours * (target.norm(dim=(1, 2)) / ours.norm(dim=(1, 2))).median()
    ours, target = ours.numpy(), target.numpy()
    error = aligned.numpy() - aligned.numpy().mean(1, keepdims=True)
    error = error - (target - target.mean(1, keepdims=True))
    return dict(
        pa_mpjpe=METRES_TO_MM * float(np.linalg.norm(error, axis=-1).mean()),
        lag=lag(ours, target),
        **_motion(ours, target))


def compare_placed(joints3d: np.ndarray, target: np.ndarray,
                   fps: float) -> dict:
    """The motion of both before the camera, after one scale for the clip."""
    joints3d = joints3d * np.median(
        np.linalg.norm(target, axis=(1, 2)) /
        np.linalg.norm(joints3d, axis=(1, 2)))
    joint_set = get_joint_set('coco19')
    index = joint_set.index(*BODY)
    return dict(
        _motion(joints3d[:, index], target[:, index]),
        foot=foot_speed(joints3d, joint_set, fps),
        foot_reference=foot_speed(target, joint_set, fps))


def _motion(ours: np.ndarray, target: np.ndarray) -> dict:
    """Differences of acceleration, and how the speeds compare."""
    steps = np.diff(ours, 2, axis=0) - np.diff(target, 2, axis=0)
    return dict(
        accel=METRES_TO_MM * float(np.linalg.norm(steps, axis=-1).mean()),
        speed_ratio=joint_speed(ours) / joint_speed(target))


def show(results: dict, fps: float) -> None:
    """Print the table."""
    table = Table(
        title=f'{results["frames"]} frames at {fps:g} a second; reference '
        f'reprojects to {results["reprojection_px"]:.1f} px (median)')
    for title in ('view', 'method'):
        table.add_column(title)
    for title in COLUMNS.values():
        table.add_column(title, justify='right')
    placed = Table(title='ours, place included')
    placed.add_column('view')
    for title in PLACED_COLUMNS.values():
        placed.add_column(title, justify='right')
    for name, view in results['views'].items():
        for key, method in METHODS.items():
            table.add_row(name, method,
                          *(f'{view[key][column]:.2f}' for column in COLUMNS))
        placed.add_row(
            name, *(f'{view["placed"][key]:.2f}' for key in PLACED_COLUMNS))
    Console().print(table)
    Console().print(placed)


if __name__ == '__main__':
    run_or_exit(main)
