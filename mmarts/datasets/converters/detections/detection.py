# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What a detector said about one person, and of which row it may be."""
from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Optional

import numpy as np

# A detection whose box overlaps a person's less than that is another's.
MIN_OVERLAP = 0.3


@dataclass
class Detection:
    """One skeleton; what is known of sequence, frame, picture and person.

    Args:
        keypoints: ``(K, 2)`` full-image pixels.
        scores: ``(K,)`` confidence.
        sequence: Name of the video; empty where the picture says it.
        frame: Number of the original's frame, counted from 0.
        image: Path or name of the picture.
        image_id: Number of the picture, as COCO has it.
        annotation: Number of the annotation whose box was given.
        person: Name of the person; empty where the box tells.
        box: ``(4,)`` x1 y1 x2 y2 pixels; around the keypoints if None.
        score: Of the whole skeleton.
    """

    keypoints: np.ndarray
    scores: np.ndarray
    sequence: str = ''
    frame: Optional[int] = None
    image: str = ''
    image_id: Optional[int] = None
    annotation: Optional[int] = None
    person: str = ''
    box: Optional[np.ndarray] = None
    score: float = 0.


@dataclass(frozen=True)
class Row:
    """The row of an annotation file that a detection is sought for."""

    sequence: str
    person: str
    frame: int
    image: str = ''
    annotation: Optional[int] = None
    box: Optional[np.ndarray] = None


class DetectionIndex:
    """Finds the detection of a row.

    By the annotation's number; else among those of its picture (by as many
    folders as both know, or by COCO's number) or of its sequence and frame:
    the one of that person, else the one whose box overlaps most.
    """

    def __init__(self) -> None:
        self._by_annotation: dict[int, Detection] = {}
        self._by_image: dict[str, list[Detection]] = defaultdict(list)
        self._by_id: dict[int, list[Detection]] = defaultdict(list)
        self._by_frame: dict[tuple, list[Detection]] = defaultdict(list)

    def add(self, found: Detection) -> None:
        """Take one more."""
        if found.annotation is not None:
            self._by_annotation[found.annotation] = found
        elif found.image:
            self._by_image[PurePosixPath(found.image).name].append(found)
        elif found.image_id is not None:
            self._by_id[found.image_id].append(found)
        else:
            key = _plain(found.sequence), found.frame
            self._by_frame[key].append(found)

    def find(self, row: Row) -> Optional[Detection]:
        """The detection of a row, or None."""
        if row.annotation in self._by_annotation:
            return self._by_annotation[row.annotation]
        candidates = list(
            self._by_frame.get((_plain(row.sequence), row.frame), ()))
        if row.image:
            candidates += self._of_image(row.image)
        named = [c for c in candidates if c.person]
        if named:
            return next((c for c in named if c.person == row.person), None)
        return _best(candidates, row.box)

    def _of_image(self, image: str) -> list[Detection]:
        path = PurePosixPath(image)
        found = [
            c for c in self._by_image.get(path.name, ())
            if _same_end(PurePosixPath(c.image), path)
        ]
        digits = path.stem.split('_')[-1]
        if self._by_id and digits.isdigit():
            found += self._by_id.get(int(digits), ())
        return found


def _best(candidates: list[Detection],
          box: Optional[np.ndarray]) -> Optional[Detection]:
    if box is None:
        return max(candidates, key=lambda c: c.score, default=None)
    overlaps = [_overlap(box_of(c), box) for c in candidates]
    if not overlaps or max(overlaps) < MIN_OVERLAP:
        return None
    return candidates[int(np.argmax(overlaps))]


def box_of(found: Detection) -> np.ndarray:
    """``(4,)`` its box, or one around its keypoints."""
    if found.box is not None:
        return found.box
    return np.concatenate([found.keypoints.min(0), found.keypoints.max(0)])


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union."""
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    shared = np.prod(np.maximum(high - low, 0))
    areas = np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2])
    return float(shared / max(areas - shared, 1e-9))


def _same_end(one: PurePosixPath, other: PurePosixPath) -> bool:
    """Whether two paths agree as far as the last folder both have."""
    pairs = list(zip(reversed(one.parts), reversed(other.parts)))
    return all(a == b for a, b in pairs[:2])


def _plain(sequence: str) -> str:
    return sequence.replace(' ', '_').lower()
