# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""From one pose a frame to tracks, each of one person and without jumps."""
from dataclasses import dataclass, field
from typing import Optional

import numpy as np

from .pose2d import Pose2D
from .tracks import Track


@dataclass
class _OpenTrack:
    """Sightings of one person so far."""

    frames: list[int] = field(default_factory=list)
    poses: list[Pose2D] = field(default_factory=list)


class TrackBuilder:
    """Collect poses frame by frame; hand out tracks at the end.

    A pose continues the track it is nearest to. One that is near to none is
    somebody else, or the detector jumped: it starts a track of its own and
    the switch is reported. So a detector that jumps to a second person and
    back gives two tracks, of which the first has a gap.

    Args:
        fps: Frames a second of the video.
        image_size: ``(width, height)``, pixels.
        max_gap: Seconds somebody may be out of sight; the gap is
            interpolated, with ``valid`` false and scores 0. After a longer
            one a new track starts.
        min_length: Seconds a person must be seen in all; shorter tracks are
            dropped and reported.
        max_jump: Largest step of the box centre from one sighting to the
            next, over the longer side of the box. A gap of ``n`` frames
            allows ``sqrt(n)`` times as much, a low frame rate likewise:
            the number is for 30 frames a second.
        min_score: Mean score a track must have, in [0, 1]; below it, what
            was found is taken for clutter.
    """

    def __init__(self,
                 fps: float,
                 image_size: tuple[int, int],
                 max_gap: float = 0.5,
                 min_length: float = 0.2,
                 max_jump: float = 0.35,
                 min_score: float = 0.3) -> None:
        self.fps, self.image_size = float(fps), tuple(image_size)
        self.max_gap = max(round(max_gap * fps), 1)
        self.min_length = max(round(min_length * fps), 1)
        self.max_jump, self.min_score = max_jump, min_score
        self.messages: list[str] = []
        self._tracks: list[_OpenTrack] = []
        self._current: Optional[_OpenTrack] = None
        self._num_frames = 0

    def add(self, pose: Optional[Pose2D]) -> None:
        """Take the pose of the next frame, None where nobody was seen."""
        frame = self._num_frames
        self._num_frames += 1
        if pose is None:
            return
        track = self._nearest(frame, pose)
        if track is None:
            track = _OpenTrack()
            self._tracks.append(track)
        if self._current not in (None, track):
            self._report_switch(frame, track)
        self._current = track
        track.frames.append(frame)
        track.poses.append(pose)

    def _nearest(self, frame: int, pose: Pose2D) -> Optional[_OpenTrack]:
        best, best_jump = None, 1.
        for track in self._tracks:
            gap = frame - track.frames[-1]
            if gap > self.max_gap + 1:
                continue
            allowed = self.max_jump * max(gap * 30 / self.fps, 1)**0.5
            jump = relative_jump(track.poses[-1].box, pose.box) / allowed
            if jump <= best_jump:
                best, best_jump = track, jump
        return best

    def _report_switch(self, frame: int, track: _OpenTrack) -> None:
        gap = frame - self._current.frames[-1]
        lost = gap > self.max_gap + 1
        what = 'comes back' if lost else 'is somewhere else'
        self.messages.append(
            f'Frame {frame}: the person followed {what} after {gap} frame(s); '
            f'{"an earlier" if track.frames else "a new"} track goes on.')

    def finish(self) -> list[Track]:
        """Tracks in the order in which they begin; see :attr:`messages`."""
        kept = []
        # A video shorter than the minimum still has its person.
        needed = min(self.min_length, self._num_frames)
        for track in self._tracks:
            mean = float(np.mean([p.scores.mean() for p in track.poses]))
            first, last = track.frames[0], track.frames[-1]
            if len(track.frames) < needed:
                self.messages.append(
                    f'Frames {first}-{last}: dropped a track of '
                    f'{len(track.frames)} sighting(s), fewer than {needed}.')
            elif mean < self.min_score:
                self.messages.append(
                    f'Frames {first}-{last}: dropped a track with a mean '
                    f'score of {mean:.2f}, probably nobody.')
            else:
                kept.append(self._to_track(track))
        return kept

    def _to_track(self, track: _OpenTrack) -> Track:
        seen = np.array(track.frames)
        frames = np.arange(seen[0], seen[-1] + 1)
        valid = np.isin(frames, seen)
        keypoints = np.stack([p.keypoints2d for p in track.poses])
        boxes = np.stack([p.box for p in track.poses])
        scores = np.zeros((len(frames), keypoints.shape[1]), np.float32)
        scores[valid] = np.stack([p.scores for p in track.poses])
        return Track(frames, _interpolate(frames, seen, keypoints), scores,
                     _interpolate(frames, seen, boxes), valid, self.fps,
                     self.image_size)


def relative_jump(box: np.ndarray, other: np.ndarray) -> float:
    """How far apart two boxes are, in sides of a box.

    Args:
        box: ``(4,)`` x1 y1 x2 y2.
        other: ``(4,)``.

    Returns:
        Distance of the centres over the longest side of the smaller box,
        plus 1 if the boxes differ more than twofold in that side: somebody
        else may stand behind the one we followed.
    """
    sides = [max((b[2:] - b[:2]).max(), 1.) for b in (box, other)]
    step = np.linalg.norm((box[:2] + box[2:] - other[:2] - other[2:]) / 2)
    return float(step / min(sides)) + (max(sides) > 2 * min(sides))


def _interpolate(frames: np.ndarray, seen: np.ndarray,
                 values: np.ndarray) -> np.ndarray:
    """Values ``(N, ...)`` at the frames seen -> ``(F, ...)``, linearly."""
    flat = values.reshape(len(seen), -1)
    columns = [np.interp(frames, seen, column) for column in flat.T]
    return np.stack(columns, -1).reshape(len(frames),
                                         *values.shape[1:]).astype(np.float32)
