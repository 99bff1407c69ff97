# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What can be told of any clip without a reference: table, curves, pictures.

Every video is run as the demo runs it. Of the person seen longest it says how
well the body's joints lie on the keypoints, whether bones keep their length,
how often left and right are exchanged, how much joints shake, and how fast the
standing foot moves; and the same, where it has it, of BlazePose's own 3D
landmarks. Into the folder go REPORT.md, a plot of joint speed and, of each
clip, a contact sheet of every tenth frame: look at them.
"""
import argparse
import shutil
from pathlib import Path

import numpy as np
from clips import (BODY, Watched, add_arguments, bone_variation, foot_speed,
                   jitter, joint_speed, side_leaps, watch)

from mmarts.engine.launch import run_or_exit
from mmarts.structures import get_joint_set
from mmarts.utils.files import whole_file

METRES_TO_MM = 1000.
ROWS = dict(
    reprojection='joints to keypoints, % of the box height (median)',
    bones='change of bone lengths, %',
    leaps='frames where left and right leap',
    jitter='second difference of joints, mm/frame^2',
    speed='speed of joints, mm/frame',
    foot='speed of the slower ankle, m/s (median)')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='example:\n  python tools/analysis/clip_report.py '
        'demo/cam03.mp4 --out-dir outputs/report')
    parser.add_argument('videos', type=Path, nargs='+')
    add_arguments(parser, 'outputs/report')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    lines = ['# Clips', '']
    for video in args.videos:
        folder = args.out_dir / video.stem
        watched = watch(video, folder, args.checkpoint, True, args.smoothing,
                        args.fit)
        sheet = args.out_dir / f'{video.stem}_sheet.jpg'
        shutil.copy(watched.result.contact_sheet, sheet)
        plot = args.out_dir / f'{video.stem}_speed.png'
        draw_speed(watched, plot)
        lines += [
            f'## {video.name}', '',
            *table(measure_body(watched), measure_landmarks(watched)), '',
            f'![every tenth frame]({sheet.name})', '',
            f'![speed of joints]({plot.name})', '',
            *(f'- {message}' for message in watched.result.messages), ''
        ]
    with whole_file(args.out_dir / 'REPORT.md') as temporary:
        temporary.write_text('\n'.join(lines))
    print('\n'.join(lines))


def measure_body(watched: Watched) -> dict:
    """Of our bodies, over the longest segment of the track."""
    rows, joint_set = _rows(watched), get_joint_set('coco19')
    joints = watched.mesh.joints3d[rows]
    index = list(watched.result.mesh_tracks).index(watched.mesh)
    return dict(
        _of_joints(joints),
        reprojection=100 * watched.result.errors[index],
        foot=foot_speed(joints, joint_set, watched.track.fps))


def measure_landmarks(watched: Watched) -> dict:
    """Of BlazePose's; they have no place before the camera."""
    return _of_joints(watched.landmarks[_rows(watched)])


def _of_joints(joints3d: np.ndarray) -> dict:
    joint_set = get_joint_set('coco19')
    hips = joint_set.index('L_Hip', 'R_Hip')
    rel = joints3d - joints3d[:, hips].mean(1, keepdims=True)
    body = rel[:, joint_set.index(*BODY)]
    return dict(
        bones=100 * bone_variation(rel, joint_set),
        leaps=side_leaps(rel, joint_set),
        jitter=METRES_TO_MM * jitter(body),
        speed=METRES_TO_MM * joint_speed(body))


def _rows(watched: Watched) -> slice:
    segments = watched.track.segments
    return slice(*segments[np.argmax(np.diff(segments, axis=-1)[:, 0])])


def table(ours: dict, blazepose: dict) -> list[str]:
    """Lines of a table in Markdown."""
    lines = ['| | ours | BlazePose 3D |', '|---|---|---|']
    for key, title in ROWS.items():
        cells = [
            '-' if key not in values else f'{values[key]:.2f}' if isinstance(
                values[key], float) else str(values[key])
            for values in (ours, blazepose)
        ]
        lines.append(f'| {title} | {" | ".join(cells)} |')
    return lines


def draw_speed(watched: Watched, path: Path) -> None:
    """Mean speed of joints over time, ours and BlazePose's."""
    from mmarts.compat.optional import import_optional
    plt = import_optional('matplotlib.pyplot', 'pip install matplotlib')
    figure, axis = plt.subplots(figsize=(8, 2.6), layout='constrained')
    rows = _rows(watched)
    index = get_joint_set('coco19').index(*BODY)
    hips = get_joint_set('coco19').index('L_Hip', 'R_Hip')
    for name, joints in (('BlazePose 3D', watched.landmarks[rows]),
                         ('ours', watched.mesh.joints3d[rows])):
        rel = (joints - joints[:, hips].mean(1, keepdims=True))[:, index]
        speed = np.linalg.norm(np.diff(rel, axis=0), axis=-1).mean(-1)
        axis.plot(
            watched.track.times[rows][1:],
            speed * watched.track.fps,
            label=name,
            linewidth=1)
    axis.set(xlabel='s', ylabel='mean speed, m/s', ylim=(0, None))
    axis.legend()
    with whole_file(path) as temporary:
        figure.savefig(temporary, format='png', dpi=110)
    plt.close(figure)


if __name__ == '__main__':
    run_or_exit(main)
