# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""From one pose a frame to tracks, each of one person and without jumps."""
from array import array
from dataclasses import dataclass, field
from typing import Optional

import numpy as np

from .pose2d import Pose2D
from .sides import steady_sides
from .tracks import Track

# Boxes that differ by more than this factor are of two people: somebody else
# may stand behind the one we followed.
_SAME_SIZE = 2.


@dataclass
class _OpenTrack:
    """Sightings of one person so far."""

    frames: list[int] = field(default_factory=list)
    keypoints2d: list[np.ndarray] = field(default_factory=list)
    scores: list[np.ndarray] = field(default_factory=list)
    boxes: list[np.ndarray] = field(default_factory=list)

    def add(self, frame: int, pose: Pose2D) -> None:
        self.frames.append(frame)
        self.keypoints2d.append(pose.keypoints2d)
        self.scores.append(pose.scores)
        self.boxes.append(pose.box)


class TrackBuilder:
    """Collect poses frame by frame; hand out tracks at the end.

    A pose continues the track it is nearest to. One that is near to none is
    somebody else, or the detector jumped: it starts a track of its own and
    the switch is reported. Who was away for a while and comes back near the
    place they left, in about the same size, is the same person: the track
    goes on in a new segment. So does that of one whom the detector returns
    to.

    Args:
        fps: Frames a second of the video.
        image_size: ``(width, height)``, pixels.
        max_gap: Seconds somebody may be out of sight within a segment; the
            gap is interpolated, with ``valid`` false and scores 0.
        max_absence: Seconds after which nobody is taken for the same person
            any more.
        min_length: Seconds a person must be seen in all; shorter tracks are
            dropped and reported.
        max_jump: Largest step of the box centre from one frame to the next,
            over the longer side of the box, at 30 frames a second or more; at
            ``n`` times fewer, ``sqrt(n)`` times as much. After ``n`` frames
            out of sight it is ``n**0.25`` times as much: people stand near
            each other, and where somebody was says less and less.
        min_score: Mean score a track must have, in [0, 1]; below it, what
            was found is taken for clutter.

    Attributes:
        messages: What a user should know, a line each; complete after
            :meth:`finish`.
    """

    def __init__(self,
                 fps: float,
                 image_size: tuple[int, int],
                 max_gap: float = 0.5,
                 max_absence: float = 10.,
                 min_length: float = 0.2,
                 max_jump: float = 0.35,
                 min_score: float = 0.3) -> None:
        self.fps, self.image_size = float(fps), tuple(image_size)
        # Frames n and n + 1 have no gap between them.
        self.max_gap = max(max_gap, 1 / fps) + 1.5 / fps
        self.max_absence = max(max_absence, self.max_gap)
        self.min_length = max(round(min_length * fps), 1)
        self.max_jump = max_jump * max(30 / fps, 1)**0.5
        self.min_score = min_score
        self.messages: list[str] = []
        self._tracks: list[_OpenTrack] = []
        self._times = array('d')

    def add(self,
            pose: Optional[Pose2D],
            time: Optional[float] = None) -> None:
        """Take the pose of the next frame.

        Args:
            pose: None where nobody was seen.
            time: Seconds of the frame; by ``fps`` when None.
        """
        frame = len(self._times)
        self._times.append(frame / self.fps if time is None else time)
        if pose is None:
            return
        track = self._nearest(pose)
        if track is None:
            track = _OpenTrack()
            self._tracks.append(track)
        track.add(frame, pose)

    def _nearest(self, pose: Pose2D) -> Optional[_OpenTrack]:
        """The track a pose continues; those lost for long come second."""
        near: list[tuple[bool, float, _OpenTrack]] = []
        for track in self._tracks:
            gap = self._times[-1] - self._times[track.frames[-1]]
            if gap > self.max_absence:
                continue
            steps = max(gap * min(self.fps, 30), 1)
            allowed = self.max_jump * steps**0.25
            jump = relative_jump(track.boxes[-1], pose.box) / allowed
            if jump <= 1:
                near.append((gap > self.max_gap, jump, track))
        return min(near, key=lambda n: n[:2])[2] if near else None

    def finish(self) -> list[Track]:
        """Tracks in the order in which they begin; see :attr:`messages`."""
        kept = [track for track in self._tracks if self._is_somebody(track)]
        owners = np.full(len(self._times), -1)
        for number, track in enumerate(kept):
            owners[track.frames] = number
        breaks = self._breaks(owners)
        self.messages += [b.text() for b in breaks]
        return [
            self._to_track(track, number, breaks)
            for number, track in enumerate(kept)
        ]

    def _breaks(self, owners: np.ndarray) -> list['_Break']:
        """Where the person followed changes or was away for long."""
        seen, times = np.flatnonzero(owners >= 0), np.array(self._times)
        gaps = np.diff(times[seen])
        found = (np.diff(owners[seen]) != 0) | (gaps > self.max_gap)
        return [
            _Break(
                int(seen[i + 1]), float(times[seen[i + 1]]), float(gaps[i]),
                bool(gaps[i] > self.max_gap), int(owners[seen[i]]),
                int(owners[seen[i + 1]])) for i in np.flatnonzero(found)
        ]

    def _is_somebody(self, track: _OpenTrack) -> bool:
        mean = float(np.mean([s.mean() for s in track.scores]))
        frames = f'Frames {track.frames[0]}-{track.frames[-1]}'
        # A video shorter than the minimum still has its person.
        needed = min(self.min_length, len(self._times))
        if len(track.frames) < needed:
            self.messages.append(f'{frames}: dropped a track of '
                                 f'{len(track.frames)} sighting(s), fewer '
                                 f'than {needed}.')
            return False
        if mean < self.min_score:
            self.messages.append(f'{frames}: dropped a track with a mean '
                                 f'score of {mean:.2f}, probably nobody.')
            return False
        return True

    def _to_track(self, track: _OpenTrack, number: int,
                  breaks: list['_Break']) -> Track:
        seen = np.array(track.frames)
        frames = np.arange(seen[0], seen[-1] + 1)
        valid = np.isin(frames, seen)
        # A segment ends with the last sighting before each break.
        cuts = np.unique(np.searchsorted(seen, [b.frame for b in breaks]))
        cuts = cuts[(cuts > 0) & (cuts < len(seen))].astype(int)
        first, last = np.append(0, cuts), np.append(cuts, len(seen)) - 1
        segments = np.stack([seen[first], seen[last] + 1], -1) - seen[0]
        keypoints, seen_scores = self._own_sides(track, first, last + 1)
        scores = np.zeros((len(frames), keypoints.shape[1]), np.float32)
        scores[valid] = seen_scores
        switches = [
            b.frame for b in breaks
            if b.before != b.after and number in (b.before, b.after)
        ]
        return Track(frames, _interpolate(frames, seen, keypoints), scores,
                     _interpolate(frames, seen, np.stack(track.boxes)), valid,
                     self.fps, self.image_size,
                     np.array(self._times)[frames], segments,
                     np.array(switches, int))

    def _own_sides(self, track: _OpenTrack, starts: np.ndarray,
                   stops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Keypoints and scores, left and right steady within segments."""
        arrays = [
            np.stack(values)
            for values in (track.keypoints2d, track.scores, track.boxes)
        ]
        source = np.concatenate([
            steady_sides(*(a[start:stop] for a in arrays), self.fps)
            for start, stop in zip(starts, stops)
        ])
        turned = np.any(source != np.arange(source.shape[1]), -1)
        if turned.any():
            self.messages.append(
                f'Frames {track.frames[0]}-{track.frames[-1]}: left and right '
                f'were exchanged for a while, {turned.sum()} frame(s) in all; '
                'they are put back.')
        keypoints, scores, _ = arrays
        return (np.take_along_axis(keypoints, source[..., None],
                                   1), np.take_along_axis(scores, source, 1))


@dataclass(frozen=True)
class _Break:
    """Between two sightings: another person, or a long time."""

    frame: int  # the first one after it
    time: float
    gap: float  # seconds
    away: bool
    before: int  # numbers of the people
    after: int

    def text(self) -> str:
        """A line for the user."""
        start = f'Frame {self.frame} ({self.time:.2f} s): '
        if self.before == self.after:
            return (f'{start}person {self.after} is seen again after '
                    f'{self.gap:.2f} s.')
        alone = f', after {self.gap:.2f} s with nobody' if self.away else ''
        return (f'{start}person {self.after} is followed from here, no longer '
                f'person {self.before}{alone}.')


def relative_jump(box: np.ndarray, other: np.ndarray) -> float:
    """How far apart two boxes are, in sides of a box.

    Args:
        box: ``(4,)`` x1 y1 x2 y2.
        other: ``(4,)``.

    Returns:
        Distance of the centres over the longest side of the smaller box;
        infinite if the boxes differ more than twofold in that side.
    """
    sides = [max((b[2:] - b[:2]).max(), 1.) for b in (box, other)]
    if max(sides) > _SAME_SIZE * min(sides):
        return float('inf')
    step = np.linalg.norm((box[:2] + box[2:] - other[:2] - other[2:]) / 2)
    return float(step / min(sides))


def _interpolate(frames: np.ndarray, seen: np.ndarray,
                 values: np.ndarray) -> np.ndarray:
    """Values ``(N, ...)`` at the frames seen -> ``(F, ...)``, linearly."""
    flat = values.reshape(len(seen), -1)
    columns = [np.interp(frames, seen, column) for column in flat.T]
    return np.stack(columns, -1).reshape(len(frames),
                                         *values.shape[1:]).astype(np.float32)
