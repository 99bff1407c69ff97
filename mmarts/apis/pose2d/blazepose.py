# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The two networks of BlazePose (arXiv:2006.10204) on LiteRT."""
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Sequence

import cv2
import numpy as np

from mmarts.structures import get_joint_set
from .litert import LiteRTNetwork

ASSETS = Path(__file__).parents[2] / 'assets' / 'blazepose'

# The network's points, in its order. "left" is the person's.
LANDMARKS = get_joint_set('blazepose33').joints
# Six more outputs follow; the first two span the region to look at next.
_NUM_OUTPUTS = 39
_NEXT_REGION = slice(33, 35)

_DETECTOR_SIZE, _LANDMARK_SIZE = 224, 256  # input sides, pixels
# (stride in input pixels, anchors a cell) of the detector's feature maps;
# the last map carries the anchors of three levels.
_ANCHOR_MAPS = ((8, 2), (16, 2), (32, 6))
_SAME_PERSON_IOU = 0.3
# The region over the circle around a person: both networks were trained so.
_REGION_MARGIN = 1.25
_HEATMAP_REACH = 3  # cells to each side of a landmark, 7 x 7 in all
_HEATMAP_CONFIDENT = 0.5
# Tensors of the landmark network, number in the file -> shape. Its mask of
# the person is not among them: a third of its time, and nobody asks for it.
_POINTS = {337: (1, 195)}  # five numbers of each output
_PRESENCE = {342: (1, 1)}
_HEATMAPS = {298: (1, 64, 64, 39)}
_POINTS3D = {339: (1, 117)}
# Feature maps: name -> (tensor, cells a side, channels). The number in a name
# is log2 of the stride; "p" is the decoder, whose heatmaps of stride 4 are
# read from p2, "c" the encoder after it; from c7 come landmarks, their 3D
# places and the presence.
FEATURE_MAPS = {
    'p2': (279, 64, 48),
    'p3': (277, 32, 48),
    'p4': (275, 16, 48),
    'c5': (300, 8, 288),
    'c6': (316, 4, 288),
    'c7': (335, 2, 288)
}


@dataclass(frozen=True)
class Region:
    """A turned square of the image that holds one person.

    Args:
        centre: ``(2,)`` pixels.
        size: Side, pixels.
        rotation: Radians from the image's up to the person's up, clockwise
            as seen: 0 for somebody upright, pi/2 with the head to the right.
    """

    centre: np.ndarray
    size: float
    rotation: float

    @classmethod
    def from_alignment(cls, hips: np.ndarray, rim: np.ndarray) -> 'Region':
        """Region from the mid hips and a point of the circle around a body.

        Args:
            hips: ``(2,)`` pixels.
            rim: ``(2,)`` pixels, beyond the head, along the body's axis.
        """
        right, up = rim[0] - hips[0], hips[1] - rim[1]
        size = 2 * _REGION_MARGIN * float(np.hypot(right, up))
        return cls(
            np.asarray(hips, np.float64), max(size, 1.),
            float(np.pi / 2 - np.arctan2(up, right)))

    @property
    def axes(self) -> np.ndarray:
        """``(2, 2)`` rotation from the region's axes to the image's."""
        cosine, sine = np.cos(self.rotation), np.sin(self.rotation)
        return np.array([[cosine, -sine], [sine, cosine]])

    def to_image(self, points: np.ndarray) -> np.ndarray:
        """Points ``(..., 2)``, [0, 1] across the region, to pixels."""
        return self.centre + (points - 0.5) * self.size @ self.axes.T

    def crop(self, image: np.ndarray, side: int) -> np.ndarray:
        """``(side, side, 3)``: the region, upright; black off the image."""
        matrix = self.axes * self.size / side
        # OpenCV counts from pixel centres, everything else here from edges.
        offset = self.centre + matrix @ np.full(2, 0.5 - side / 2) - 0.5
        return cv2.warpAffine(
            image,
            np.column_stack([matrix, offset]), (side, side),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


class BlazePoseDetector:
    """Find the most certain person of an image.

    Args:
        path: ``pose_detection.tflite``.
        min_score: Detections below it, in [0, 1], are none.
        num_threads: Threads of the interpreter.
    """

    def __init__(self,
                 path: Path = ASSETS / 'pose_detection.tflite',
                 min_score: float = 0.5,
                 num_threads: int = 2) -> None:
        self._network = LiteRTNetwork(path, num_threads)
        self._anchors = _anchors()
        self.min_score = min_score

    def __call__(self,
                 frame: np.ndarray,
                 near: Optional[np.ndarray] = None,
                 reach: float = np.inf) -> Optional[Region]:
        """Find a person.

        Args:
            frame: ``(H, W, 3)`` RGB uint8.
            near: ``(2,)`` pixels; only people whose hips are within
                ``reach`` of it count.
            reach: Pixels.

        Returns:
            The region to look at, None if nobody is there.
        """
        height, width = frame.shape[:2]
        whole = Region(np.array([width, height]) / 2, max(width, height), 0.)
        crop = whole.crop(frame, _DETECTOR_SIZE)
        raw, logits = self._network(crop.astype(np.float32) / 127.5 - 1)
        scores = _sigmoid(logits[0, :, 0])
        if scores.max() < self.min_score:
            return None
        candidates = np.flatnonzero(scores >= self.min_score)
        points = raw[0, candidates].reshape(-1, 6, 2) / _DETECTOR_SIZE
        # Row 0 is the box centre, row 1 its size, then four key points.
        points[:, [0, 2, 3, 4, 5]] += self._anchors[candidates, None]
        scores = scores[candidates]
        if near is not None:
            hips = whole.to_image(points[:, 2])
            inside = np.linalg.norm(hips - near, axis=-1) < reach
            if not inside.any():
                return None
            points, scores = points[inside], scores[inside]
        merged = _merge_best(points, scores)
        hips, rim = whole.to_image(merged[2:4])
        return Region.from_alignment(hips, rim)


class BlazePoseLandmarker:
    """Landmarks of the person in a region.

    Args:
        path: ``pose_landmark_full.tflite``.
        num_threads: Threads of the interpreter.
    """

    def __init__(self,
                 path: Path = ASSETS / 'pose_landmark_full.tflite',
                 num_threads: int = 2) -> None:
        self._network = LiteRTNetwork(
            path, num_threads, _POINTS | _PRESENCE | _HEATMAPS | _POINTS3D)

    def __call__(self, frame: np.ndarray, region: Region) -> 'Landmarks':
        """Look at one region of an ``(H, W, 3)`` RGB frame."""
        crop = region.crop(frame, _LANDMARK_SIZE)
        points, presence, heatmaps, world = self._network(
            crop.astype(np.float32) / 255)
        points = points.reshape(_NUM_OUTPUTS, 5)
        scores = _sigmoid(points[:, 3]) * _sigmoid(points[:, 4])
        places = _refine(points[:, :2] / _LANDMARK_SIZE, heatmaps[0])
        world = world.reshape(_NUM_OUTPUTS, 3)[:len(LANDMARKS)].copy()
        world[:, :2] = world[:, :2] @ region.axes.T
        pixels = region.to_image(places)
        return Landmarks(pixels[:len(LANDMARKS)].astype(np.float32),
                         scores[:len(LANDMARKS)], world, float(presence[0, 0]),
                         Region.from_alignment(*pixels[_NEXT_REGION]))


@dataclass(frozen=True)
class Landmarks:
    """What :class:`BlazePoseLandmarker` saw.

    Args:
        points: ``(33, 2)`` full-image pixels, order of :data:`LANDMARKS`.
        scores: ``(33,)`` visibility times presence, in [0, 1].
        points3d: ``(33, 3)`` metres, camera axes, middle of the hips at 0.
        presence: Probability that there is a person in the region.
        next_region: Where to look in the next frame.
    """

    points: np.ndarray
    scores: np.ndarray
    points3d: np.ndarray
    presence: float
    next_region: Region


class BlazePoseTrunk:
    """Landmarks of a crop, and feature maps on the way to them.

    Args:
        maps: Names of :data:`FEATURE_MAPS`.
        path: ``pose_landmark_full.tflite``.
        num_threads: Threads of the interpreter.

    Raises:
        ValueError: If there are no such maps.
    """

    def __init__(self,
                 maps: Sequence[str] = ('c7', ),
                 path: Path = ASSETS / 'pose_landmark_full.tflite',
                 num_threads: int = 1) -> None:
        check_maps(maps)
        tensors = {
            number: (1, side, side, channels)
            for number, side, channels in (FEATURE_MAPS[m] for m in maps)
        }
        self._network = LiteRTNetwork(path, num_threads, _POINTS | tensors)

    def __call__(self, crop: np.ndarray) -> tuple[np.ndarray, list]:
        """``(33, 2)`` in [0, 1] across the crop, and maps ``(S, S, C)``.

        Args:
            crop: ``(S, S, 3)`` float32 RGB in [0, 1].
        """
        side = _LANDMARK_SIZE
        if crop.shape[:2] != (side, side):
            crop = cv2.resize(crop, (side, side))
        points, *found = self._network(crop)
        points = points.reshape(_NUM_OUTPUTS, 5)[:len(LANDMARKS), :2]
        return points / side, [x[0] for x in found]


def check_maps(maps: Sequence[str]) -> None:
    """Names that :class:`BlazePoseTrunk` can give, or a ``ValueError``."""
    if not 0 < len(maps) == len(set(maps) & set(FEATURE_MAPS)):
        raise ValueError('Different maps of BlazePose are expected, out of '
                         f'{list(FEATURE_MAPS)}, but got {list(maps)}.')


def _anchors() -> np.ndarray:
    """``(2254, 2)`` cell centres of the detector's maps, in [0, 1]."""
    maps = []
    for stride, repeats in _ANCHOR_MAPS:
        cells = _DETECTOR_SIZE // stride
        centres = (np.arange(cells) + 0.5) / cells
        x, y = np.meshgrid(centres, centres)
        grid = np.stack([x, y], -1).reshape(-1, 2)
        maps.append(np.repeat(grid, repeats, axis=0))
    return np.concatenate(maps).astype(np.float32)


def _merge_best(points: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Score-weighted mean of the best detection and those that overlap it.

    Args:
        points: ``(N, 6, 2)`` box centre, box size, four key points.
        scores: ``(N,)``.
    """
    low, high = points[:, 0] - points[:, 1] / 2, points[:,
                                                        0] + points[:, 1] / 2
    best = scores.argmax()
    inner = np.minimum(high, high[best]) - np.maximum(low, low[best])
    overlap = inner.clip(0).prod(-1)
    area = (high - low).prod(-1)
    iou = overlap / (area + area[best] - overlap)
    near = iou > _SAME_PERSON_IOU
    near[best] = True
    return np.average(points[near], axis=0, weights=scores[near])


def _refine(places: np.ndarray, heatmaps: np.ndarray) -> np.ndarray:
    """Move landmarks to the centre of their heat where that is certain.

    Args:
        places: ``(39, 2)`` in [0, 1] across the crop.
        heatmaps: ``(64, 64, 39)`` logits.
    """
    side = heatmaps.shape[0]
    reach = np.arange(-_HEATMAP_REACH, _HEATMAP_REACH + 1)
    columns, rows = (np.floor(places.T * side).astype(int)[..., None] + reach)
    inside = [(n >= 0) & (n < side) for n in (columns, rows)]
    which = np.arange(len(places))[:, None, None]
    heat = _sigmoid(heatmaps[rows.clip(0, side - 1)[:, :, None],
                             columns.clip(0, side - 1)[:, None], which])
    heat *= inside[1][:, :, None] & inside[0][:, None]
    total = heat.sum((1, 2)).clip(1e-6)
    moved = np.stack([(heat * columns[:, None]).sum((1, 2)),
                      (heat * rows[:, :, None]).sum((1, 2))], -1)
    moved = moved / total[:, None] / side
    certain = heat.max((1, 2)) >= _HEATMAP_CONFIDENT
    return np.where(certain[:, None], moved, places)


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(logits, -50, 50)))
