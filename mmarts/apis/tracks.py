# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""One person through a video: 2D keypoints in, body parameters out."""
from dataclasses import dataclass, field
from typing import Optional

import numpy as np


@dataclass
class Track:
    """2D keypoints of one person over ``F`` consecutive video frames.

    Args:
        frames: ``(F,)`` int, video frame numbers without gaps, from the
            person's first to the last sighting.
        keypoints2d: ``(F, 19, 2)`` float32 COCO-19, full-image pixels,
            x right, y down. Interpolated where ``valid`` is false.
        scores: ``(F, 19)`` float32 confidences in [0, 1]; 0 where ``valid``
            is false.
        boxes: ``(F, 4)`` float32 x1 y1 x2 y2, pixels.
        valid: ``(F,)`` bool, whether the person was seen in the frame.
        fps: Frames a second of the video.
        image_size: ``(width, height)`` of the video, pixels.
        times: ``(F,)`` float64 seconds of the frames, rising; even by
            ``fps`` when None.
        segments: ``(N, 2)`` int, first row and the row after the last of
            each stretch without a break; the whole track when None. In the
            rows between them the person was away for long, or somebody else
            was followed: nothing may be computed across.
        switches: ``(S,)`` int, video frame numbers at which the detector
            went over from somebody else to this person, or away.
        feat: ``(F, C)`` image features, for networks that read them.
    """

    frames: np.ndarray
    keypoints2d: np.ndarray
    scores: np.ndarray
    boxes: np.ndarray
    valid: np.ndarray
    fps: float
    image_size: tuple[int, int]
    times: Optional[np.ndarray] = None
    segments: Optional[np.ndarray] = None
    switches: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    feat: Optional[np.ndarray] = None

    def __post_init__(self) -> None:
        if self.times is None:
            self.times = np.asarray(self.frames) / self.fps
        if self.segments is None:
            self.segments = np.array([[0, len(self.frames)]])

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def present(self) -> np.ndarray:
        """``(F,)`` bool: the rows that lie in a segment."""
        inside = np.zeros(len(self), bool)
        for start, stop in self.segments:
            inside[start:stop] = True
        return inside


@dataclass
class MeshTrack:
    """Body parameters of the same ``F`` frames, camera frame, metres.

    Args:
        global_orient: ``(F, 1, 3, 3)`` rotation matrices.
        body_pose: ``(F, J-1, 3, 3)`` rotation matrices.
        betas: ``(F, S)``, constant over the track.
        transl: ``(F, 3)`` metres.
        joints3d: ``(F, 19, 3)`` COCO-19, metres, camera frame, absolute.
        K: ``(3, 3)`` intrinsics the body was placed with, pixels.
        body_model_id: Body the parameters belong to.
    """

    global_orient: np.ndarray
    body_pose: np.ndarray
    betas: np.ndarray
    transl: np.ndarray
    joints3d: np.ndarray
    K: np.ndarray
    body_model_id: str
