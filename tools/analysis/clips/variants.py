# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The same clip in other sizes and crops."""
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import cv2
import numpy as np

from mmarts.apis.video_io import VideoReader
from mmarts.apis.video_io.writer import VideoWriter

SMALL_PERSON = 100  # pixels
MARGIN = 0.05  # of the box, around a person who fills the frame
AWAY = 1.3  # how far a window goes from the person, in its widths


@dataclass
class Variant:
    """A part of a video's frames, enlarged or reduced.

    Args:
        name: What is different.
        size: ``(width, height)`` of the variant, pixels.
        window: Frame number -> ``(x, y, width, height)`` of the part of the
            original that is shown, pixels; what lies outside is black.
    """

    name: str
    size: tuple[int, int]
    window: Callable[[int], tuple[float, float, float, float]]

    def matrix(self, frame: int) -> np.ndarray:
        """``(2, 3)``, original pixels to those of the variant."""
        x, y, width, height = self.window(frame)
        scale = np.array([self.size[0] / width, self.size[1] / height])
        # Pixels are areas: the edges of the pictures are what is matched.
        shift = (0.5 - np.array([x, y])) * scale - 0.5
        return np.column_stack([np.diag(scale), shift])

    def shows(self, points: np.ndarray, frame: int) -> np.ndarray:
        """Whether points ``(K, 2)`` of the original are in the picture."""
        matrix = self.matrix(frame)
        inside = points @ matrix[:, :2].T + matrix[:, 2]
        return ((inside >= 0) & (inside < self.size)).all(-1)

    def write(self, video: Path, path: Path) -> None:
        """Write the variant of a video."""
        with VideoReader(video) as reader, VideoWriter(path, reader.fps,
                                                       self.size) as writer:
            for number, frame in enumerate(reader):
                matrix = self.matrix(number)
                shrinks = matrix[0, 0] < 1
                if shrinks:  # a mean over all pixels of the original
                    frame, matrix = _reduced(frame, matrix)
                writer.write(cv2.warpAffine(frame, matrix, self.size))


def variants_of(size: tuple[int, int], boxes: np.ndarray) -> list[Variant]:
    """What a clip of one person is tried in.

    Args:
        size: ``(width, height)`` of the video, pixels.
        boxes: ``(F, 4)`` x1 y1 x2 y2 of the person in its frames.
    """
    width, height = size
    low, high = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    centre, (box_width, box_height) = (low + high) / 2, high - low
    tall = np.median(boxes[:, 3] - boxes[:, 1])

    def whole(name, scale):
        return Variant(name, _even(width * scale, height * scale), lambda _:
                       (0., 0., width, height))

    def part(name, x, y, w, h, scale=1.):
        return Variant(name, _even(w * scale, h * scale), lambda _:
                       (x, y, w, h))

    def shaped(name, aspect):
        w, h = min(width, height * aspect), min(height, width / aspect)
        x = np.clip(centre[0] - w / 2, 0, width - w)
        y = np.clip(centre[1] - h / 2, 0, height - h)
        return part(name, x, y, w, h)

    def passing(frame):
        """A window that leaves the person to one side, and comes back."""
        way = 1 - abs(2 * frame / max(len(boxes) - 1, 1) - 1)
        x = centre[0] - box_width + AWAY * way * 2 * box_width
        return x, 0., 2 * box_width, height

    pad = MARGIN * box_height
    filling = (low[0] - pad, low[1] - pad, box_width + 2 * pad,
               box_height + 2 * pad)
    return [
        whole('240p', 240 / min(size)),
        whole('1080p', 1080 / min(size)),
        whole('2160p', 2160 / min(size)),
        whole(f'person {SMALL_PERSON} pixels high', SMALL_PERSON / tall),
        shaped('portrait, 9:16', 9 / 16),
        shaped('landscape, 21:9', 21 / 9),
        part('person fills the frame', *filling),
        part('upper half only', filling[0], filling[1], filling[2],
             filling[3] / 2),
        part('lower half only', filling[0], filling[1] + filling[3] / 2,
             filling[2], filling[3] / 2),
        Variant('out of the picture and in', _even(2 * box_width, height),
                passing),
    ]


def _even(width: float, height: float) -> tuple[int, int]:
    """The nearest size that H.264 has without padding."""
    return tuple(max(2, 2 * round(side / 2)) for side in (width, height))


def _reduced(frame: np.ndarray,
             matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A frame scaled as a matrix asks, and what is left of the matrix."""
    size = [
        max(1, round(side * matrix[axis, axis]))
        for axis, side in enumerate(frame.shape[1::-1])
    ]
    scale = np.array(size) / frame.shape[1::-1]
    rest = matrix[:, :2] / scale
    shift = matrix[:, 2] - rest @ ((scale - 1) / 2)
    return (cv2.resize(frame, size, interpolation=cv2.INTER_AREA),
            np.column_stack([rest, shift]))
