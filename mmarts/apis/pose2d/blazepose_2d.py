# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""2D pose of one person, frame by frame: BlazePose, arXiv:2006.10204."""
from dataclasses import dataclass
from typing import Optional

import numpy as np

from mmarts.structures import convert_joints
from .blazepose import (BlazePoseDetector, BlazePoseLandmarker, Landmarks,
                        Region)

# Score from which a joint counts as seen when boxes are drawn around people.
CONFIDENT = 0.5
# A box needs this many confident landmarks, else it takes all of them.
_MIN_BOX_POINTS = 4
# Largest step of the hips in a thirtieth of a second, over half the side of
# a region: about a fifth of a person, 10 m/s.
_MAX_STEP = 0.3
# (19, 2) landmarks whose mean is each COCO-19 joint; one alone counts twice.
LANDMARKS_OF_JOINTS = np.array([
    (*row, *row)[:2] for row in convert_joints('blazepose33', 'coco19').rows
])


@dataclass(frozen=True)
class Pose2D:
    """One person in one frame.

    Args:
        keypoints2d: ``(19, 2)`` float32 COCO-19, full-image pixels, x right,
            y down, the image's corner at 0.
        scores: ``(19,)`` float32 confidences in [0, 1].
        box: ``(4,)`` float32 x1 y1 x2 y2 pixels, tight around the confident
            landmarks (hands and feet included, the top of the head not).
        landmarks3d: ``(33, 3)`` float32 metres, camera axes, middle of the
            hips at 0; order of ``LANDMARKS``.
    """

    keypoints2d: np.ndarray
    scores: np.ndarray
    box: np.ndarray
    landmarks3d: np.ndarray


class BlazePose2D:
    """Detect a person once, then follow it from frame to frame.

    The region of the next frame comes from this frame's landmarks; the
    detector looks at the whole image only when there is nobody to follow.
    A region may hold two people: hips that leap are somebody else's, and the
    person counts as lost. For a moment only the place of the loss is then
    searched, so that a blurred frame does not hand over to a bystander.

    Args:
        min_presence: Below this probability the person counts as lost.
        min_detection: Score in [0, 1] a detection needs.
        patience: Seconds after a loss in which only its place is searched.
        num_threads: Threads of both networks.
    """

    def __init__(self,
                 min_presence: float = 0.5,
                 min_detection: float = 0.5,
                 patience: float = 0.25,
                 num_threads: int = 2) -> None:
        self.detector = BlazePoseDetector(
            min_score=min_detection, num_threads=num_threads)
        self.landmarker = BlazePoseLandmarker(num_threads=num_threads)
        self.min_presence, self.patience = min_presence, patience
        self.reset()

    def reset(self, fps: float = 30.) -> None:
        """Forget whom we follow: a new video begins.

        Args:
            fps: Its frames a second, which say how far people get.
        """
        self._fps, self._num_lost = fps, 0
        self._region: Optional[Region] = None

    def __call__(self, frame: np.ndarray) -> Optional[Pose2D]:
        """Pose in an ``(H, W, 3)`` RGB uint8 frame; None if nobody is there.
        """
        last, found = self._region, None
        near = () if last is None else (last.centre, self._reach(last))
        if last is not None and not self._num_lost:
            found = self._look(frame, last, *near)
        if found is None:
            found = self._look(frame, self.detector(frame, *near), *near)
        if found is not None:
            self._region, self._num_lost = found.next_region, 0
            return landmarks_to_pose2d(found)
        self._num_lost += 1
        if self._num_lost > self.patience * self._fps:
            self._region = None
        return None

    def _reach(self, region: Region) -> float:
        """Pixels that the hips may have gone since they were seen there."""
        frames = max(30 / self._fps, 1) * (self._num_lost + 1)
        return region.size / 2 * min(_MAX_STEP * frames**0.5, 1)

    def _look(self,
              frame,
              region,
              near=None,
              reach: float = np.inf) -> Optional[Landmarks]:
        if region is None:
            return None
        found = self.landmarker(frame, region)
        if found.presence < self.min_presence:
            return None
        if near is not None and np.linalg.norm(found.next_region.centre -
                                               near) > reach:
            return None
        return found


def landmarks_to_pose2d(found: Landmarks) -> Pose2D:
    """COCO-19 from 33 landmarks; a mean is as certain as its worse half."""
    points, scores = found.points, found.scores
    sure = scores > CONFIDENT
    framed = points[sure] if sure.sum() >= _MIN_BOX_POINTS else points
    return Pose2D(
        points[LANDMARKS_OF_JOINTS].mean(1).astype(np.float32),
        scores[LANDMARKS_OF_JOINTS].min(1).astype(np.float32),
        np.concatenate([framed.min(0), framed.max(0)]).astype(np.float32),
        found.points3d.astype(np.float32))
