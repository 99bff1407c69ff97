# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""One clip of one person in other sizes and crops, as the demo sees them.

The clip is written as 240p to 4K, in portrait and landscape, with the person
100 pixels high or filling the frame, as half bodies, and leaving the picture
and coming back. Each is run as the demo runs it and compared with the clip as
it is: in how many of its frames the person was found, and by how much the
joints of the bodies differ, after a similarity alignment of each frame. That
says what a size or a crop costs, not how good the original's bodies are. Into
the folder go REPORT.md and a picture of a frame of each variant: look at it.
"""
import argparse
from pathlib import Path

import numpy as np
import torch
from clips import BODY, Variant, Watched, add_arguments, variants_of, watch

from mmarts.apis.video_io import VideoError, VideoReader
from mmarts.engine.launch import run_or_exit
from mmarts.geometry.alignment import procrustes_align
from mmarts.structures import get_joint_set
from mmarts.utils.files import whole_file
from mmarts.visualization.overlay import contact_sheet, write_image

METRES_TO_MM = 1000.
TILE = 260  # pixels, side of a picture in the sheet
HEAD = ('| | pixels | found, % of the frames that show the person | all '
        'joints, mm | joints in the picture, mm |')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='example:\n  python tools/analysis/clip_variants.py '
        'demo/cam03.mp4 --out-dir outputs/variants')
    parser.add_argument('video', type=Path)
    add_arguments(parser, 'outputs/variants')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    original = watch(args.video, args.out_dir / 'original', args.checkpoint,
                     True, args.smoothing, args.fit)
    boxes = original.track.boxes[original.track.valid]
    lines = [f'# {args.video.name}', '', HEAD, '|---|---|---|---|---|']
    tiles = []
    for variant in variants_of(original.track.image_size, boxes):
        name = variant.name.replace(' ', '-').replace(',',
                                                      '').replace(':', '-')
        path = args.out_dir / f'{name}.mp4'
        variant.write(args.video, path)
        seen, picture = None, path
        try:
            seen = watch(path, args.out_dir / name, args.checkpoint, True,
                         args.smoothing, args.fit)
            picture = seen.result.overlay
        except VideoError as error:  # nobody was found
            print(f'{variant.name}: {error}')
        lines.append(row(variant, original, seen))
        print(lines[-1])
        tiles.append(tile(picture, len(original.track) * 3 // 4))
    sheet = write_image(args.out_dir / 'variants.jpg', contact_sheet(tiles, 5))
    lines += ['', f'![a frame of each]({sheet.name})', '']
    with whole_file(args.out_dir / 'REPORT.md') as temporary:
        temporary.write_text('\n'.join(lines))
    print(f'wrote {args.out_dir / "REPORT.md"}')


def row(variant: Variant, original: Watched, seen: Watched) -> str:
    """Line of the table; ``seen`` is None where nobody was found."""
    joint_set = get_joint_set('coco19')
    body = joint_set.index(*BODY)
    track = original.track
    there = {
        frame: variant.shows(points[body], frame)
        for frame, points, valid in zip(track.frames, track.keypoints2d,
                                        track.valid) if valid
    }
    shown = {frame for frame, inside in there.items() if inside.mean() >= 0.5}
    size = f'{variant.size[0]} x {variant.size[1]}'
    found = {} if seen is None else {
        frame: index
        for index, (
            frame,
            valid) in enumerate(zip(seen.track.frames, seen.track.valid))
        if valid
    }
    both = sorted(shown & set(found))
    share = f'{100 * len(both) / max(len(shown), 1):.0f}'
    if not both:
        return f'| {variant.name} | {size} | {share} | - | - |'
    rows = np.searchsorted(track.frames, both)
    ours = seen.mesh.joints3d[[found[frame] for frame in both]][:, body]
    wanted = torch.as_tensor(original.mesh.joints3d[rows][:, body])
    aligned = procrustes_align(torch.as_tensor(ours), wanted)
    error = (aligned - wanted).norm(dim=-1).numpy() * METRES_TO_MM
    inside = np.stack([there[frame] for frame in both])
    return (f'| {variant.name} | {size} | {share} | {error.mean():.0f} | '
            f'{error[inside].mean():.0f} |')


def tile(video: Path, number: int) -> np.ndarray:
    """A frame of a video, as large as fits a square."""
    import cv2
    with VideoReader(video) as reader:
        for index, frame in enumerate(reader):
            if index == number:
                break
    scale = TILE / max(frame.shape[:2])
    small = cv2.resize(
        frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.zeros((TILE, TILE, 3), np.uint8)
    canvas[:small.shape[0], :small.shape[1]] = small
    return canvas


if __name__ == '__main__':
    run_or_exit(main)
