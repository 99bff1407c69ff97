# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What a reader of original annotations yields: a person in a frame."""
from dataclasses import dataclass, fields
from itertools import groupby
from typing import Iterable, Iterator, Optional

import numpy as np


@dataclass
class PersonRow:
    """One person in one frame: a row of an annotation file.

    What is None has no row; ``K`` joints of the reader's joint set.

    Args:
        sequence: Name of the video, or of the picture.
        person: Name of the person within it.
        frame_index: Number of the frame; 0 for a still.
        image: Path of the picture, relative to the folder of all pictures.
        image_size: ``(width, height)``, pixels.
        keypoints2d: ``(K, 2)`` full-image pixels, x right, y down, the
            image's corner at 0; zeros where the score is 0.
        keypoints2d_score: ``(K,)``, 1 where it is annotated, else 0.
        box: ``(4,)`` x1 y1 x2 y2, pixels.
        K: ``(3, 3)`` intrinsics, pixels.
        joints3d: ``(K, 3)`` metres, camera frame.
        joints3d_valid: ``(K,)`` bool.
        global_orient: ``(1, 3)`` rotation vector, radians.
        body_pose: ``(J-1, 3)`` rotation vectors, radians.
        betas: ``(S,)``.
        transl: ``(3,)`` metres, camera frame.
        vertices: ``(V, 3)`` metres, camera frame.
        mask: ``(H, W)`` uint8, the person's outline within ``box`` on a
            grid, bits packed along the last axis.
        action: What the person does, in a word.
        annotation_id: Number of the original's annotation.
    """

    sequence: str
    person: str
    frame_index: int
    image: str
    image_size: tuple[int, int]
    keypoints2d: np.ndarray
    keypoints2d_score: np.ndarray
    box: Optional[np.ndarray] = None
    K: Optional[np.ndarray] = None
    joints3d: Optional[np.ndarray] = None
    joints3d_valid: Optional[np.ndarray] = None
    global_orient: Optional[np.ndarray] = None
    body_pose: Optional[np.ndarray] = None
    betas: Optional[np.ndarray] = None
    transl: Optional[np.ndarray] = None
    vertices: Optional[np.ndarray] = None
    mask: Optional[np.ndarray] = None
    action: Optional[str] = None
    annotation_id: Optional[int] = None


_FLOATS = ('keypoints2d', 'keypoints2d_score', 'box', 'K', 'joints3d',
           'global_orient', 'body_pose', 'betas', 'transl', 'vertices')


def stack_rows(rows: Iterable[PersonRow]) -> Iterator[dict[str, np.ndarray]]:
    """Arrays of an annotation file, a dict for each run of alike rows.

    Rows that lack what others have are a dict of their own: the file then
    holds a mask.
    """
    for names, group in groupby(rows, _names):
        group = list(group)
        arrays = {n: np.array([getattr(r, n) for r in group]) for n in names}
        for name in set(_FLOATS) & set(names):
            arrays[name] = arrays[name].astype(np.float32)
        yield arrays


def _names(row: PersonRow) -> tuple[str, ...]:
    return tuple(
        f.name for f in fields(row) if getattr(row, f.name) is not None)


def check_row(row: PersonRow, num_joints: int) -> PersonRow:
    """The row, if its arrays have the right sizes and are finite.

    Raises:
        ValueError: Naming what is wrong.
    """
    shapes = dict(
        keypoints2d=(num_joints, 2),
        keypoints2d_score=(num_joints, ),
        box=(4, ),
        K=(3, 3),
        joints3d=(num_joints, 3),
        joints3d_valid=(num_joints, ),
        global_orient=(1, 3),
        transl=(3, ))
    for name in (*_FLOATS, 'joints3d_valid'):
        value = getattr(row, name)
        if value is None:
            continue
        value = np.asarray(value)
        expected = shapes.get(name, value.shape)
        if value.shape != expected:
            raise ValueError(f'{name} should be {expected}, but is '
                             f'{value.shape}')
        if not np.isfinite(value).all():
            at = np.argwhere(~np.isfinite(value))[0].tolist()
            raise ValueError(f'{name}{at} is {value[tuple(at)]}')
    if min(row.image_size) <= 0:
        raise ValueError(f'the picture is {row.image_size} pixels large')
    if row.box is not None and (row.box[2:] <= row.box[:2]).any():
        raise ValueError(f'the box {np.round(row.box, 1).tolist()} (x1 y1 x2 '
                         'y2) is empty')
    return row


def scored(points: np.ndarray, annotated: np.ndarray,
           shift: float) -> tuple[np.ndarray, np.ndarray]:
    """Keypoints and scores from annotations.

    Args:
        points: ``(K, 2)`` pixels; anything where nothing is annotated.
        annotated: ``(K,)`` bool.
        shift: What brings the corner of the picture to 0: 0.5 where the
            first pixel's centre is 0, -0.5 where it is 1 (MATLAB).

    Returns:
        ``keypoints2d`` and ``keypoints2d_score`` of :class:`PersonRow`.
    """
    points = np.where(annotated[:, None], points + shift, 0)
    return points, annotated.astype(np.float32)


def corner_box(box) -> np.ndarray:
    """``(4,)`` x y width height -> x1 y1 x2 y2."""
    box = np.asarray(box, float)
    if box.shape != (4, ):
        raise ValueError(f'a box should be 4 numbers, but is {box.tolist()}')
    return np.concatenate([box[:2], box[:2] + box[2:]])


def points_box(points: np.ndarray, annotated: np.ndarray,
               margin: float) -> np.ndarray:
    """Box around the annotated points, larger by ``margin`` of its sides."""
    seen = points[annotated]
    low, high = seen.min(0), seen.max(0)
    # One point has no size of its own.
    extra = np.maximum((high - low) * margin, 1)
    return np.concatenate([low - extra, high + extra])
