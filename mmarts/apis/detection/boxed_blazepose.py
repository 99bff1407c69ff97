# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""BlazePose (arXiv:2006.10204) for people whose boxes are known."""
from typing import Optional

import numpy as np

from ..pose2d import landmarks_to_pose2d
from ..pose2d.blazepose import (BlazePoseDetector, BlazePoseLandmarker,
                                Landmarks, Region)

# Of the box, looked at by the detector: it misses people who fill a picture.
_CONTEXT = 1.4
# An upright person's region over the longer side of their box: the margin
# that the landmark network was trained with.
_UPRIGHT = 1.25
# Overlap of what was found and the box from which on they are one person.
_SAME, _OTHER = 0.5, 0.1


class BoxedBlazePose:
    """COCO-19 keypoints of a person in a box.

    The detector looks at the box and its surroundings; where it finds nobody
    of that box, the landmarks of an upright person are looked for.

    Args:
        min_presence: Probability below which nobody is there.
        num_threads: Threads of both networks.
    """

    joint_set = 'coco19'

    def __init__(self,
                 min_presence: float = 0.5,
                 num_threads: int = 1) -> None:
        self.detector = BlazePoseDetector(num_threads=num_threads)
        self.landmarker = BlazePoseLandmarker(num_threads=num_threads)
        self.min_presence = min_presence

    def __call__(self, frame: np.ndarray,
                 boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find the people of some boxes.

        Args:
            frame: ``(H, W, 3)`` RGB uint8.
            boxes: ``(N, 4)`` x1 y1 x2 y2, pixels.

        Returns:
            ``(N, 19, 2)`` float32 pixels and ``(N, 19)`` scores in [0, 1];
            zeros where nobody was found.
        """
        keypoints = np.zeros((len(boxes), 19, 2), np.float32)
        scores = np.zeros((len(boxes), 19), np.float32)
        for i, box in enumerate(boxes):
            found = self._find(frame, np.asarray(box, float))
            if found is not None:
                pose = landmarks_to_pose2d(found)
                keypoints[i], scores[i] = pose.keypoints2d, pose.scores
        return keypoints, scores

    def _find(self, frame: np.ndarray, box: np.ndarray) -> Optional[Landmarks]:
        best, best_overlap = None, _OTHER
        for region in (self._detected, self._upright):
            region = region(frame, box)
            if region is None:
                continue
            found = self.landmarker(frame, region)
            overlap = _overlap(landmarks_to_pose2d(found).box, box)
            if found.presence >= self.min_presence and overlap > best_overlap:
                best, best_overlap = found, overlap
            if best_overlap >= _SAME:
                break
        return best

    def _detected(self, frame: np.ndarray,
                  box: np.ndarray) -> Optional[Region]:
        """The region of the person that the detector sees about the box."""
        height, width = frame.shape[:2]
        centre, half = (box[:2] + box[2:]) / 2, (box[2:] -
                                                 box[:2]).max() / 2 * _CONTEXT
        low = np.floor((centre - half).clip(0, (width - 1, height - 1)))
        high = np.ceil((centre + half).clip(low + 1, (width, height)))
        (x1, y1), (x2, y2) = low.astype(int), high.astype(int)
        region = self.detector(
            np.ascontiguousarray(frame[y1:y2, x1:x2]), centre - low, half)
        if region is None:
            return None
        return Region(region.centre + low, region.size, region.rotation)

    def _upright(self, frame: np.ndarray, box: np.ndarray) -> Region:
        side = (box[2:] - box[:2]).max() * _UPRIGHT
        return Region((box[:2] + box[2:]) / 2, max(float(side), 1.), 0.)


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two boxes ``(4,)``."""
    inner = (np.minimum(one[2:], other[2:]) -
             np.maximum(one[:2], other[:2])).clip(0).prod()
    areas = (one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod()
    return float(inner / max(areas - inner, 1e-9))
