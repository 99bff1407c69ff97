# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Frames of one person: which are kept, which are broken."""
from typing import Iterator, Sequence

import numpy as np

from mmarts.datasets.converters.record_log import RecordLog

CHUNK_ROWS = 512


def check_rate(fps: float, source_fps: float) -> float:
    """The rate asked for; the original's where that is 0.

    Raises:
        ValueError: If more frames are wanted than there are.
    """
    if not 0 <= fps <= source_fps:
        raise ValueError(f'fps should be at most {source_fps:g}, but is '
                         f'{fps:g}: pictures cannot be interpolated.')
    return fps or source_fps


def pick_frames(frames: np.ndarray, source_fps: float,
                fps: float) -> tuple[np.ndarray, np.ndarray]:
    """Frames to keep so that a track has another rate.

    Frame ``i`` of the result is the original's ``round(i * source_fps /
    fps)``; pictures cannot be interpolated, so joints are not either.

    Args:
        frames: ``(F,)`` increasing frame numbers of the original.
        source_fps: Frames a second that they count.
        fps: Rate wanted; 0 keeps all.

    Returns:
        Rows ``(N,)`` to take, and their new frame numbers ``(N,)``.
    """
    if not fps or fps == source_fps or not len(frames):
        return np.arange(len(frames)), np.asarray(frames, np.int64)
    last = int(np.ceil((frames[-1] + 1) * fps / source_fps))
    numbers = np.arange(last + 1)
    wanted = np.round(numbers * source_fps / fps).astype(np.int64)
    rows = np.searchsorted(frames, wanted).clip(max=len(frames) - 1)
    there = frames[rows] == wanted
    return rows[there], numbers[there]


def finite_rows(arrays: dict[str, np.ndarray], frames: np.ndarray, record: str,
                log: RecordLog) -> np.ndarray:
    """Rows whose numbers are all finite; the others go to the log.

    Args:
        arrays: Rows of one track.
        frames: ``(F,)`` frame numbers to name them by.
        record: Words for the track.
        log: Takes one bad record for each run of rows.

    Returns:
        ``(F,)`` bool.
    """
    good = np.ones(len(frames), bool)
    for name, array in arrays.items():
        if array.dtype.kind != 'f':
            continue
        finite = np.isfinite(array.reshape(len(array), -1)).all(1)
        for run in runs(frames[good & ~finite]):
            log.bad(f'{record}, {words(run)}', f'{name} is not finite')
        good &= finite
    return good


def runs(frames: np.ndarray) -> list[np.ndarray]:
    """Increasing frame numbers, split where one is left out."""
    if not len(frames):
        return []
    edges = np.flatnonzero(np.diff(frames) != 1) + 1
    return np.split(np.asarray(frames), edges)


def words(run: np.ndarray) -> str:
    """Neighbouring frames in words: ``'frames 3-7'``."""
    if len(run) == 1:
        return f'frame {run[0]}'
    return f'frames {run[0]}-{run[-1]}'


def expect_shape(name: str, array: np.ndarray, shape: Sequence) -> np.ndarray:
    """The array, if it has that shape.

    Args:
        name: Words for the error.
        array: Numbers.
        shape: Axes; None is any length.

    Raises:
        ValueError: If it has another one, or holds no numbers.
    """
    array = np.asarray(array)
    if array.dtype.kind not in 'fiub':
        raise ValueError(f'{name} should hold numbers, but is of type '
                         f'{array.dtype}')
    if array.ndim != len(shape) or any(
            want not in (None, have)
            for want, have in zip(shape, array.shape)):
        words = ', '.join('any' if s is None else str(s) for s in shape)
        raise ValueError(f'{name} should be ({words}), but is {array.shape}')
    return array


def boxes_of(points: np.ndarray,
             valid: np.ndarray,
             margin: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """Boxes around the valid points of every frame.

    Args:
        points: ``(F, K, 2)`` pixels.
        valid: ``(F, K)`` bool.
        margin: Share of its sides that a box grows on each side.

    Returns:
        ``(F, 4)`` x1 y1 x2 y2, zeros where fewer than two points are valid;
        and a mask ``(F,)`` of the others.
    """
    enough = valid.sum(1) >= 2
    low = np.where(valid[..., None], points, np.inf).min(1)
    high = np.where(valid[..., None], points, -np.inf).max(1)
    low, high = (np.where(enough[:, None], x, 0) for x in (low, high))
    grow = margin * (high - low)
    return np.concatenate([low - grow, high + grow], 1), enough


def chunks(arrays: dict[str, np.ndarray],
           count: int = CHUNK_ROWS) -> Iterator[dict[str, np.ndarray]]:
    """Rows in chunks; an empty track gives none."""
    total = len(arrays['frame_index'])
    for start in range(0, total, count):
        yield {k: v[start:start + count] for k, v in arrays.items()}


def track_names(sequence: str, person: str,
                count: int) -> dict[str, np.ndarray]:
    """Columns that name a track."""
    return dict(
        sequence=np.full(count, sequence), person=np.full(count, person))
