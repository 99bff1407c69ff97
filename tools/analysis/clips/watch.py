# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""One pass over a video: our bodies, and BlazePose's own 3D landmarks."""
import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmarts.apis import (BlazePose2D, MeshTrack, Track, VideoInferencer,
                         VideoResult)
from mmarts.apis.inferencer import DEFAULT_CHECKPOINT, DEFAULT_SMOOTHING
from mmarts.apis.pose2d import LANDMARKS_OF_JOINTS


def add_arguments(parser: argparse.ArgumentParser, out_dir: str) -> None:
    """Weights, the folder to write to with its default, demo options."""
    parser.add_argument(
        '--checkpoint',
        type=Path,
        default=DEFAULT_CHECKPOINT,
        help='weights (default: those that ship)')
    parser.add_argument(
        '--out-dir',
        type=Path,
        default=Path(out_dir),
        help='folder to write to (default: %(default)s)')
    add_demo_options(parser)


def add_demo_options(parser: argparse.ArgumentParser) -> None:
    """What the demo does with the network's poses."""
    parser.add_argument(
        '--smoothing',
        type=float,
        default=DEFAULT_SMOOTHING,
        help="seconds, as the demo's option (default: %(default)s)")
    parser.add_argument(
        '--no-fit',
        dest='fit',
        action='store_false',
        help="as the demo's option: poses as the network gives them")


class _Remembering:
    """A 2D pose that keeps the 3D landmarks of every frame."""

    def __init__(self) -> None:
        self.pose, self.landmarks = BlazePose2D(), []

    def reset(self, fps: float) -> None:
        self.pose.reset(fps)
        self.landmarks = []

    def __call__(self, frame):
        found = self.pose(frame)
        self.landmarks.append(None if found is None else found.landmarks3d)
        return found


@dataclass
class Watched:
    """What was made of the person seen longest.

    Args:
        result: Of the whole video.
        track: 2D keypoints of the person.
        mesh: Their body.
        landmarks: ``(F, 19, 3)`` COCO-19 of BlazePose's landmarks, metres,
            camera axes, middle of the hips at 0; between sightings, linear.
    """

    result: VideoResult
    track: Track
    mesh: MeshTrack
    landmarks: np.ndarray


def watch(video: Path,
          out_dir: Path,
          checkpoint: Path,
          render: bool,
          smoothing: float = DEFAULT_SMOOTHING,
          fit: bool = True) -> Watched:
    """Run the demo's way over a video.

    Args:
        video: The file.
        out_dir: Folder for what the demo writes.
        checkpoint: Weights.
        render: Whether to draw.
        smoothing: Seconds; see :class:`TrackMesher`.
        fit: Whether poses are brought onto the keypoints.
    """
    pose = _Remembering()
    inferencer = VideoInferencer(
        checkpoint, pose=pose, smoothing=smoothing, fit=fit)
    result = inferencer(video, out_dir, render=render)
    longest = int(np.argmax([t.valid.sum() for t in result.tracks]))
    track = result.tracks[longest]
    return Watched(result, track, result.mesh_tracks[longest],
                   _coco(pose.landmarks, track))


def _coco(landmarks: list, track: Track) -> np.ndarray:
    seen = np.flatnonzero(track.valid)
    points = np.stack([landmarks[frame] for frame in track.frames[seen]])
    points = points[:, LANDMARKS_OF_JOINTS].mean(2)
    rows = np.arange(len(track))
    flat = points.reshape(len(seen), -1)
    return np.stack([np.interp(rows, seen, column) for column in flat.T],
                    -1).reshape(len(rows), *points.shape[1:])
