# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Windows over the frames of one track: cut, merge, find the breaks."""
from typing import Optional, Sequence

import numpy as np

# 'nearest-mid': a frame is taken from the window whose middle is nearest.
# 'mean': the mean over all windows that hold the frame.
# 'blend': their mean, weighted by a raised cosine around each window's middle,
# so that one window fades into the next and nothing jumps where they meet.
MERGE_RULES = ('nearest-mid', 'mean', 'blend')


def window_starts(num_frames: int, length: int, stride: int) -> list[int]:
    """First frames of windows that reach both ends of a track.

    Windows start every ``stride`` frames; one more is added where needed, so
    that the last window ends on the last frame. ``stride > length`` leaves
    frames out between windows.

    Args:
        num_frames: Frames of the track.
        length: Frames of a window.
        stride: Frames between the starts of neighbouring windows.

    Returns:
        Starts, increasing. ``[0]`` for a track shorter than a window (whose
        padding is the caller's business), ``[]`` for one without frames.

    Raises:
        ValueError: If ``length`` or ``stride`` is below 1.
    """
    if length < 1 or stride < 1:
        raise ValueError('Windows need length >= 1 and stride >= 1, but got '
                         f'length={length}, stride={stride}.')
    last = max(num_frames - length, 0)
    starts = list(range(0, last + 1, stride)) if num_frames > 0 else []
    if starts and starts[-1] != last:
        starts.append(last)
    return starts


def blend_weights(distance: np.ndarray, length: float) -> np.ndarray:
    """Weights of rule ``'blend'``: ``cos^2(pi d / length)``.

    Those of windows that start every half length sum to 1 at every frame.

    Args:
        distance: Of frames from their window's middle, frames.
        length: Frames of the window, or an array of the distances' shape.

    Returns:
        The distances' shape, positive also at the ends of a window.
    """
    phase = np.pi * np.minimum(np.abs(distance) / length, 0.5)
    return np.maximum(np.cos(phase)**2, 1e-6)


def owner_of_frames(
    frame_indices: Sequence[np.ndarray],
    middles: Optional[Sequence[float]] = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rule ``'nearest-mid'`` as a selection, which suits rotations too.

    Every frame belongs to the window whose middle it is nearest to; ties go
    to the earlier window (the smaller middle, then the place in the list).

    Args:
        frame_indices: Frame numbers ``(T_i,)`` of every window, in any
            order.
        middles: Middle of every window, frames. Half-way between the first
            and the last frame of ``frame_indices`` by default; give it where
            a window predicts only part of the frames it saw.

    Returns:
        ``frames`` ``(F,)`` sorted, each once; ``window`` ``(F,)`` and
        ``position`` ``(F,)`` such that ``frame_indices[window[i]]
        [position[i]] == frames[i]``.

    Raises:
        ValueError: If a window has no frames, or ``middles`` has another
            length.
    """
    indices, window = _flatten(frame_indices)
    if not len(window):
        return indices, window, window.copy()
    position = np.concatenate([np.arange(len(f)) for f in frame_indices])
    if middles is None:
        middles = [(int(np.min(f)) + int(np.max(f))) / 2
                   for f in frame_indices]
    if len(middles) != len(frame_indices):
        raise ValueError(f'Expected a middle for each of {len(frame_indices)} '
                         f'windows, but got {len(middles)}.')
    middle = np.asarray(middles, dtype=np.float64)[window]
    distance = np.abs(indices - middle)
    order = np.lexsort((position, window, middle, distance, indices))
    frames, first = np.unique(indices[order], return_index=True)
    chosen = order[first]
    return frames, window[chosen], position[chosen]


def merge_windows(
    frame_indices: Sequence[np.ndarray],
    values: Sequence[np.ndarray],
    rule: str = 'nearest-mid',
    middles: Optional[Sequence[float]] = None
) -> tuple[np.ndarray, np.ndarray]:
    """Merge overlapping windows of one track into one value a frame.

    Args:
        frame_indices: Frame numbers ``(T_i,)`` of every window.
        values: Arrays ``(T_i, ...)`` of every window.
        rule: One of :data:`MERGE_RULES`. ``'mean'`` and ``'blend'`` only
            suit arrays of a vector space (points, errors), not rotations.
        middles: See :func:`owner_of_frames`.

    Returns:
        ``frames`` ``(F,)`` sorted, each once, and the merged values
        ``(F, ...)`` in their own dtype.

    Raises:
        ValueError: If the rule is unknown, there is no window, or a window's
            values and frame numbers differ in length.
    """
    if rule not in MERGE_RULES:
        raise ValueError(f'There is no merge rule "{rule}"; expected one of '
                         f'{MERGE_RULES}.')
    values = [np.asarray(v) for v in values]
    lengths = [len(f) for f in frame_indices]
    if not lengths or [len(v) for v in values] != lengths:
        raise ValueError(
            'merge_windows needs at least one window, and as many values as '
            f'frame numbers in each, but got frames {lengths} and values '
            f'{[len(v) for v in values]}.')
    flat = np.concatenate(values)
    if rule == 'nearest-mid':
        frames, window, position = owner_of_frames(frame_indices, middles)
        starts = np.cumsum([0] + lengths[:-1])
        return frames, flat[starts[window] + position]
    indices, _ = _flatten(frame_indices)
    weights = np.ones(len(indices))
    if rule == 'blend':
        weights = np.concatenate([
            _window_weights(f, None if middles is None else middles[i])
            for i, f in enumerate(frame_indices)
        ])
    frames, inverse = np.unique(indices, return_inverse=True)
    weights = weights / np.bincount(inverse, weights)[inverse]
    total = np.zeros((len(frames), ) + flat.shape[1:])
    np.add.at(total, inverse,
              weights.reshape(-1, *[1] * (flat.ndim - 1)) * flat)
    keep = np.issubdtype(flat.dtype, np.floating)
    return frames, total.astype(flat.dtype) if keep else total


def split_at_cuts(frames: np.ndarray,
                  step: Optional[int] = None) -> list[slice]:
    """Stretches of a track in which time runs evenly.

    A cut lies wherever two neighbouring frame numbers differ by anything
    but the regular step. Nothing temporal may be measured across one.

    Args:
        frames: ``(F,)`` frame numbers, strictly increasing.
        step: Regular step of the track, frames; :func:`regular_step` by
            default.

    Returns:
        Slices of ``frames`` that cover it in order.

    Raises:
        ValueError: If the frame numbers do not increase strictly.
    """
    frames = np.asarray(frames)
    if not len(frames):
        return []
    smallest = regular_step(frames)
    regular = smallest if step is None else step
    cuts = np.flatnonzero(np.diff(frames) != regular) + 1
    edges = [0, *cuts.tolist(), len(frames)]
    return [slice(a, b) for a, b in zip(edges[:-1], edges[1:])]


def regular_step(frames: np.ndarray) -> int:
    """Smallest step of strictly increasing frame numbers; 1 for one frame.

    Raises:
        ValueError: If the frame numbers do not increase strictly.
    """
    steps = np.diff(np.asarray(frames))
    if (steps <= 0).any():
        raise ValueError('Frame numbers of a track must increase strictly; '
                         'merge its windows first.')
    return int(steps.min()) if len(steps) else 1


def _window_weights(frames: np.ndarray, middle: Optional[float]) -> np.ndarray:
    """Weights of rule ``'blend'`` for one window ``(T_i,)``."""
    first, last = int(np.min(frames)), int(np.max(frames))
    step = (last - first) / (len(frames) - 1) if last > first else 1
    middle = (first + last) / 2 if middle is None else middle
    return blend_weights(np.asarray(frames) - middle, last - first + step)


def _flatten(
        frame_indices: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """All frame numbers in a row, and the window of each."""
    empty = [i for i, f in enumerate(frame_indices) if not len(f)]
    if empty:
        raise ValueError(f'Windows {empty} have no frames.')
    lengths = [len(f) for f in frame_indices]
    window = np.repeat(np.arange(len(lengths)), lengths)
    if not lengths:
        return np.zeros(0, dtype=np.int64), window.astype(np.int64)
    return np.concatenate([np.asarray(f) for f in frame_indices]), window
