# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Several trainings, each under several seeds, on the views of one person.

Keypoints are found once; the bodies of every checkpoint are then compared
with joints triangulated from all views, as multiview_error.py does. A row is
the mean over the views; differences are paired in the order of the files.
"""
import argparse
from pathlib import Path

import numpy as np
from clips import add_demo_options, views_of, watch
from multiview_error import compare, reference, rows_of
from rich.progress import track

from mmarts.apis import TrackMesher
from mmarts.apis.inferencer import DEFAULT_CHECKPOINT
from mmarts.engine.launch import run_or_exit
from mmarts.evaluation.comparison.table import signed, spread

# Key of compare() -> title, and what it is multiplied by.
COLUMNS = dict(
    pa_mpjpe=('PA-MPJPE', 1),
    accel=('Accel', 1),
    speed_ratio=('speed, % of the reference', 100))
# Of which differences are shown.
DIFFERENCES = ('pa_mpjpe', 'accel')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='example, with the data of the package pose2sim:\n'
        '  python tools/analysis/multiview_runs.py Calib.qca.txt '
        'videos/cam0?.mp4 --runs "all=work_dirs/all/seed*/iter_4000.pth" '
        '"no mirror=work_dirs/no-mirror/seed*/iter_4000.pth"')
    add = parser.add_argument
    add('calibration', type=Path, help='Qualisys file, *.qca.txt')
    add('videos',
        type=Path,
        nargs='+',
        help='synchronous videos, each named like its camera')
    add('--runs',
        nargs='+',
        required=True,
        metavar='NAME=FILES',
        help='checkpoints of a row, a pattern that is sorted; differences '
        'are taken to the first row')
    add('--out-dir', type=Path, default=Path('outputs/multiview_runs'))
    add_demo_options(parser)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    rows = {name: files_of(text) for name, text in map(split, args.runs)}
    views = views_of(args.calibration, args.videos)
    seen = [
        watch(video, args.out_dir / video.stem, DEFAULT_CHECKPOINT, False)
        for video in args.videos
    ]
    world, _, _, start = reference(views, seen)
    targets = [view.to_camera(world) for view in views]
    values = {
        name: [
            of_views(path, seen, targets, start, args.smoothing, args.fit)
            for path in track(files, description=name)
        ]
        for name, files in rows.items()
    }
    print(markdown(values))


def split(text: str) -> tuple[str, str]:
    """``NAME=FILES`` in two."""
    name, mark, pattern = text.partition('=')
    if not mark:
        raise ValueError(f'--runs takes NAME=FILES, but got "{text}".')
    return name, pattern


def files_of(pattern: str) -> list[Path]:
    """The files of a pattern, sorted."""
    path = Path(pattern)
    root = Path(path.anchor or '.')
    found = sorted(root.glob(str(path.relative_to(path.anchor))))
    if not found:
        raise ValueError(f'No checkpoint is called "{pattern}".')
    return found


def of_views(checkpoint: Path, seen: list, targets: list, start: int,
             smoothing: float, fit: bool) -> dict[str, float]:
    """The mean of :func:`compare` over the views."""
    mesher = TrackMesher(str(checkpoint), smoothing=smoothing, fit=fit)
    found = []
    for watched, target in zip(seen, targets):
        rows = rows_of(watched, start, len(target))
        joints3d = mesher(watched.track).joints3d
        found.append(compare(joints3d[rows], target))
    return {
        key: factor * np.mean([f[key] for f in found])
        for key, (_, factor) in COLUMNS.items()
    }


def markdown(values: dict[str, list[dict]]) -> str:
    """Values of every row, and its differences to the first."""
    arrays = {
        name: {
            key: np.array([run[key] for run in runs])
            for key in COLUMNS
        }
        for name, runs in values.items()
    }
    first = next(iter(arrays))
    lines = [[
        '', 'runs', *(title for title, _ in COLUMNS.values()),
        *(f'{COLUMNS[key][0]}, difference' for key in DIFFERENCES)
    ]]
    lines.append(['---'] * len(lines[0]))
    for name, row in arrays.items():
        cells = [spread(row[key]) for key in COLUMNS]
        for key in DIFFERENCES:
            paired = name != first and row[key].size == arrays[first][key].size
            cells.append(
                signed(row[key] - arrays[first][key]) if paired else '-')
        lines.append([name, str(len(values[name])), *cells])
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)


if __name__ == '__main__':
    run_or_exit(main)
