# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""From a video file to bodies: the whole way in one call."""
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterator, Optional, Union

from .pose2d import BlazePose2D
from .results import reprojection_error, save_person
from .tracking import TrackBuilder
from .tracks import MeshTrack, Track
from .video_io import VideoError, VideoReader


@dataclass
class VideoResult:
    """What a video became.

    Args:
        persons: Files of the people, ``person_000.npz`` ...
        overlay: The video with the bodies drawn in; None without rendering.
        contact_sheet: Every tenth frame of it.
        tracks: 2D keypoints of the people.
        mesh_tracks: Their bodies, in the same order.
        rates: Frames a second of ``decode``, ``pose``, ``mesh`` and
            ``render + encode``, each on its own.
        errors: Median reprojection error of each person over the height of
            the box.
        messages: What a user should know, a line each.
    """

    persons: list[Path] = field(default_factory=list)
    overlay: Optional[Path] = None
    contact_sheet: Optional[Path] = None
    tracks: list[Track] = field(default_factory=list)
    mesh_tracks: list[MeshTrack] = field(default_factory=list)
    rates: dict[str, float] = field(default_factory=dict)
    errors: list[float] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


class VideoInferencer:
    """Video in; body parameters, an overlay and a contact sheet out.

    The file is read twice, once for the poses and once to draw, and never
    held in memory. People's files are written before drawing begins, so an
    interruption costs the overlay only.

    Args:
        checkpoint: A file written by ``tools/train.py``.
        device: ``cpu``, ``cuda``, ... or ``auto``: a GPU if there is one.
        focal_length: Of the camera, pixels; the image diagonal when None.
        renderer: ``auto``, ``egl`` or ``software``.
        mesher: Used in place of ``TrackMesher(checkpoint, device)``.
        pose: Used in place of BlazePose: ``frame -> Optional[Pose2D]`` with
            a method ``reset``.
    """

    def __init__(self,
                 checkpoint: Union[str, Path, None] = None,
                 device: str = 'auto',
                 focal_length: Optional[float] = None,
                 renderer: str = 'auto',
                 mesher=None,
                 pose=None) -> None:
        if focal_length is not None and not focal_length > 0:
            raise ValueError('The focal length should be a positive number '
                             f'of pixels, but is {focal_length}.')
        self.mesher = mesher or _load_mesher(checkpoint, device)
        self.pose = pose or BlazePose2D()
        self.focal_length, self.renderer = focal_length, renderer

    def __call__(self,
                 video: Union[str, Path],
                 out_dir: Union[str, Path],
                 render: bool = True,
                 progress: bool = True) -> VideoResult:
        """Work through one video.

        Args:
            video: The file.
            out_dir: Folder for the results, made if need be.
            render: Whether to write overlay and contact sheet.
            progress: Whether to show progress bars.

        Raises:
            VideoError: If the video cannot be read, shows nobody, or a file
                cannot be written.
        """
        video, out_dir = Path(video), Path(out_dir)
        result = VideoResult()
        with _Progress(progress) as bars:
            num_frames = self._find_people(video, result, bars)
            self._make_meshes(result, bars)
            out_dir.mkdir(parents=True, exist_ok=True)
            self._save_people(out_dir, result)
            if render:
                self._draw(video, out_dir, num_frames, result, bars)
        return result

    def _find_people(self, video, result, bars) -> int:
        self.pose.reset()
        clock = _Clock()
        with VideoReader(video) as reader:
            builder = TrackBuilder(reader.fps, reader.size)
            step = bars.start('decode, pose', reader.num_frames)
            frames = clock.timed('decode', iter(reader))
            for index, frame in enumerate(frames):
                with clock('pose'):
                    builder.add(self.pose(frame))
                step()
        result.tracks = builder.finish()
        result.messages += builder.messages
        if reader.num_corrupt:
            result.messages.append(f'{reader.num_corrupt} damaged packet(s) '
                                   'of the video were skipped.')
        if not result.tracks:
            raise VideoError(f'Nobody was found in "{video}".')
        result.rates = clock.rates(index + 1)
        return index + 1

    def _make_meshes(self, result, bars) -> None:
        clock = _Clock()
        step = bars.start('mesh', len(result.tracks))
        for track in result.tracks:
            with clock('mesh'):
                mesh_track = self.mesher(track, self.focal_length)
            result.mesh_tracks.append(mesh_track)
            result.errors.append(reprojection_error(track, mesh_track))
            step()
        result.rates |= clock.rates(sum(map(len, result.tracks)))

    def _save_people(self, out_dir, result) -> None:
        for number, pair in enumerate(zip(result.tracks, result.mesh_tracks)):
            path = out_dir / f'person_{number:03d}.npz'
            result.persons.append(save_person(path, *pair))
        others = [
            p.name for p in sorted(out_dir.glob('person_*.npz'))
            if re.fullmatch(r'person_\d{3}\.npz', p.name)
            and p not in result.persons
        ]
        if others:
            result.messages.append(f'{", ".join(others)} in "{out_dir}" are '
                                   'of an earlier run.')

    def _draw(self, video, out_dir, num_frames, result, bars) -> None:
        from mmarts.visualization.renderer import create_renderer
        from .overlay_video import PeopleDrawer, SheetCollector, write_overlay

        clock, sheet = _Clock(), SheetCollector()
        step = bars.start('render, encode', num_frames)
        faces = self.mesher.body_model.faces
        size = result.tracks[0].image_size
        with create_renderer(faces, size, self.renderer) as renderer:
            drawer = PeopleDrawer(result.tracks, result.mesh_tracks,
                                  self.mesher.vertices, renderer)
            path = out_dir / f'{video.stem}_overlay.mp4'
            with clock('render + encode'):
                sound = write_overlay(video, path, drawer, sheet, step)
        result.overlay = path
        result.contact_sheet = sheet.write(out_dir / 'contact_sheet.jpg')
        result.rates |= clock.rates(num_frames)
        if 'left out' in sound:
            result.messages.append(f'The sound was {sound}.')


def _load_mesher(checkpoint, device: str):
    import torch

    from .track_mesher import TrackMesher

    if device == 'auto':
        device = 'cuda' if torch.cuda.is_available() else 'cpu'
    return TrackMesher(str(checkpoint), device)


class _Clock:
    """Seconds spent on named things."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    def __call__(self, name: str) -> '_Clock':
        self._name = name
        return self

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *exception) -> None:
        spent = time.perf_counter() - self._start
        self._seconds[self._name] = self._seconds.get(self._name, 0) + spent

    def timed(self, name: str, items: Iterator) -> Iterator:
        """Count the time it takes to get the items."""
        end = object()
        while True:
            with self(name):
                item = next(items, end)
            if item is end:
                return
            yield item

    def rates(self, count: int) -> dict[str, float]:
        """``count`` frames over the seconds of each thing."""
        return {k: count / max(s, 1e-9) for k, s in self._seconds.items()}


class _Progress:
    """One bar for each stage, or nothing at all."""

    def __init__(self, show: bool) -> None:
        self._bars = None
        if show:
            from rich.progress import (BarColumn, MofNCompleteColumn, Progress,
                                       TextColumn, TimeRemainingColumn)
            self._bars = Progress(
                TextColumn('{task.description:<15}'), BarColumn(),
                MofNCompleteColumn(), TimeRemainingColumn())

    def start(self, name: str, total: Optional[int]) -> Callable[[], None]:
        """Begin a stage; call what comes back after each of its parts."""
        if self._bars is None:
            return lambda: None
        task = self._bars.add_task(name, total=total)
        return lambda: self._bars.advance(task)

    def __enter__(self) -> '_Progress':
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(self, *exception) -> None:
        if self._bars is not None:
            self._bars.stop()
