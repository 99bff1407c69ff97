# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What the metrics of motion share: fps, cuts, masks in time."""
from abc import abstractmethod
from typing import Any, Callable, Optional

import numpy as np
import torch
from torch import Tensor

from mmarts.structures.windows import regular_step, split_at_cuts
from .joint_error import mpjpe
from .joint_metric import JointMetric
from .mesh_metric import METRES_TO_MM
from .track import Track


class MotionMetric(JointMetric):
    """A finite difference of root-centred joints along merged tracks.

    Never across a cut (a step between frames other than the regular one),
    nor from one track to the next, and never padded: ``n`` frames give
    ``n - order`` values. A joint counts where it is valid in all frames of
    the difference; a value is the mean over those joints, the result the
    mean over values.

    Tracks of different frame rates are never mixed: every name ends in its
    rate. The rate is the track's fps over its regular step, so that tracks
    of every other frame of 50 fps count as 25 fps.

    Args:
        frame_step: Regular step of all tracks, frames; None for the
            smallest step of each track. Set it where windows of which only
            the middle is predicted start every ``n`` frames.
        **kwargs: See :class:`JointMetric`.
    """

    default_prefix = 'motion'
    name: str  # of the values
    order: int  # of the difference

    def __init__(self, frame_step: Optional[int] = None, **kwargs) -> None:
        super().__init__(**kwargs)
        if frame_step is not None and frame_step < 1:
            raise ValueError(f'`frame_step` should be at least 1, but got '
                             f'{frame_step}.')
        self.frame_step = frame_step

    @staticmethod
    @abstractmethod
    def difference(points: Tensor) -> Tensor:
        """``(T, K, 3) -> (T - order, K, 3)``."""

    def measure(self, track: Track) -> dict[str, np.ndarray]:
        if not 0 < track.fps < float('inf'):
            raise ValueError(
                f'{type(self).__name__} needs the fps of every sequence, but '
                f'sequence "{track.sequence}" of {track.dataset} has '
                f'{track.fps}.')
        pred, target, valid = (
            torch.from_numpy(track.arrays[k])
            for k in ('pred', 'target', 'valid'))
        step = self.frame_step or regular_step(track.frames)
        rate, power = track.fps / step, '' if self.order == 1 else self.order
        self._check_rate(track, rate)
        values = torch.cat([
            self._stretch(pred[s], target[s], valid[s])
            for s in split_at_cuts(track.frames, step)
        ]).numpy() * METRES_TO_MM
        return {
            f'{self.name}_mm_per_frame{power}_{rate:g}fps': values,
            f'{self.name}_mm_per_s{power}_{rate:g}fps':
            values * rate**self.order
        }

    def _stretch(self, pred: Tensor, target: Tensor, valid: Tensor) -> Tensor:
        """Values of frames without a cut, metres."""
        values = difference_error(pred.double(), target.double(), valid,
                                  self.difference)
        if self.rules is not None and self.rules.padded_accel:
            # One 0 for each frame that no difference is centred on.
            missing = min(self.order, len(pred))
            values = torch.cat([values, values.new_zeros(missing)])
        return values

    def _check_rate(self, track: Track, rate: float) -> None:
        wanted = None if self.rules is None else self.rules.fps
        # A single frame has no rate, and gives no value.
        if wanted and len(track.frames) > 1 and abs(rate / wanted - 1) > 0.02:
            raise ValueError(
                f'Protocol "{self.rules.name}" measures motion at {wanted:g} '
                f'frames a second, but sequence "{track.sequence}" has '
                f'{rate:g}; every other frame, or another rate, gives another '
                'number.')

    def describe(self) -> dict[str, Any]:
        return dict(
            super().describe(), alignment=['root'], frame_step=self.frame_step)


def difference_error(pred: Tensor, target: Tensor, valid: Tensor,
                     difference: Callable[[Tensor], Tensor]) -> Tensor:
    """Mean distance between differences along time, for every instant.

    Args:
        pred: ``(T, K, 3)`` at equal steps of time, without a cut.
        target: ``(T, K, 3)``, same unit.
        valid: ``(T, K)`` bool.
        difference: Linear function ``(T, ...) -> (T - order, ...)``.

    Returns:
        ``(N,)``, N <= T - order: instants without a joint that is valid in
        all their frames are left out.
    """
    pred, target = difference(pred), difference(target)
    width = len(valid) - len(pred) + 1
    if not len(pred):
        return pred.new_zeros(0)
    whole = valid.unfold(0, width, 1).all(-1)
    return mpjpe(pred, target, whole)[whole.any(-1)]
