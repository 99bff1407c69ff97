# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""From a video file to bodies: the whole way in one call."""
import os
import re
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional, Union

import numpy as np

from mmarts.utils.ahead import ahead
from mmarts.utils.files import partial_name
from .features import load_features
from .pose2d import BlazePose2D
from .progress import Clock, ProgressBars, Stop
from .results import reprojection_error, save_person
from .tracking import TrackBuilder
from .tracks import MeshTrack, Track
from .video_io import VideoError, VideoReader
from .video_io.reader import cannot_write

# The weights that ship; mmarts/assets/README.md is their card.
DEFAULT_CHECKPOINT = (
    Path(__file__).parents[1] / 'assets' / 'arts-tiny_freemotion.pth')
# Seconds. On real videos it takes two fifths off false accelerations and a
# fifteenth off the speed of joints (docs/model_zoo.md).
DEFAULT_SMOOTHING = 0.022
_NO_FEATURES = (
    'WARNING: this network reads an image feature of {} numbers a frame, and '
    'none was given (--features): it saw zeros, so these bodies are not what '
    'it can do.')


@dataclass
class VideoResult:
    """What a video became.

    Args:
        persons: Files of the people, ``person_000.npz`` ...
        overlay: The video with the bodies drawn in; None without rendering.
        contact_sheet: Every tenth frame of it.
        tracks: 2D keypoints of the people.
        mesh_tracks: Their bodies, in the same order.
        rates: Frames a second of ``decode``, ``pose``, ``mesh``, ``render``
            and ``encode``, and of ``all but drawing``: from the file to the
            bodies. Frames are decoded while others are worked on, so both
            are slower than alone.
        errors: Median reprojection error of each person over the height of
            the box.
        messages: What a user should know, a line each.
        stopped: Where the way was ended early, in words; empty if it was
            not.
    """

    persons: list[Path] = field(default_factory=list)
    overlay: Optional[Path] = None
    contact_sheet: Optional[Path] = None
    tracks: list[Track] = field(default_factory=list)
    mesh_tracks: list[MeshTrack] = field(default_factory=list)
    rates: dict[str, float] = field(default_factory=dict)
    errors: list[float] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    stopped: str = ''

    @property
    def files(self) -> list[Path]:
        """All that was written."""
        drawn = (self.overlay, self.contact_sheet)
        return [*self.persons, *(p for p in drawn if p is not None)]


class VideoInferencer:
    """Video in; body parameters, an overlay and a contact sheet out.

    The file is read twice, once for the poses and once to draw, and never
    held in memory. People's files are written before drawing begins, so what
    ends it then costs the overlay only.

    Args:
        checkpoint: A file written by ``tools/train.py``; the weights that
            ship when None.
        device: ``cpu``, ``cuda``, ... or ``auto``: a GPU if there is one.
        focal_length: Of the camera, pixels; the image diagonal when None.
        renderer: ``auto``, ``egl`` or ``software``.
        mesher: Used in place of a :class:`TrackMesher` of these arguments.
        pose: Used in place of BlazePose: ``frame -> Optional[Pose2D]`` with
            a method ``reset(fps)``.
        stride: Frames between the windows of the network; see
            :class:`TrackMesher`.
        smoothing: Seconds over which rotations and places are averaged; 0
            for not.
        height: Stature of the people, metres; the network's guess when None.
        fit: Whether poses are brought onto the 2D keypoints, see
            :func:`fit_to_keypoints`.
        dtype: Of the network's products, see :class:`TrackMesher`.
    """

    def __init__(self,
                 checkpoint: Union[str, Path, None] = None,
                 device: str = 'auto',
                 focal_length: Optional[float] = None,
                 renderer: str = 'auto',
                 mesher=None,
                 pose=None,
                 stride: Optional[int] = None,
                 smoothing: float = DEFAULT_SMOOTHING,
                 height: Optional[float] = None,
                 fit: bool = True,
                 dtype: str = 'float32') -> None:
        if focal_length is not None and not focal_length > 0:
            raise ValueError('The focal length should be a positive number '
                             f'of pixels, but is {focal_length}.')
        self.mesher = mesher or _load_mesher(
            checkpoint or DEFAULT_CHECKPOINT,
            device,
            stride=stride,
            smoothing=smoothing,
            height=height,
            fit=fit,
            dtype=dtype)
        self.pose = pose or BlazePose2D()
        self.focal_length, self.renderer = focal_length, renderer

    def __call__(self,
                 video: Union[str, Path],
                 out_dir: Union[str, Path],
                 render: bool = True,
                 progress: bool = True,
                 should_stop: Stop = lambda: False,
                 features: Union[str, Path, None] = None) -> VideoResult:
        """Work through one video.

        Args:
            video: The file.
            out_dir: Folder for the results, made if need be.
            render: Whether to write overlay and contact sheet.
            progress: Whether to show progress bars.
            should_stop: Asked before each frame. Once it is true, what is
                done is brought to an end and written; files that would have
                become longer are named ``.partial``.
            features: File of image features, see :func:`load_features`, for
                a network that reads them. Without it such a network is given
                zeros, and a message says so.

        Raises:
            VideoError: If the video cannot be read, shows nobody, or a file
                cannot be written, or features do not fit.
            RendererError: If there is nothing to draw with.
        """
        video, out_dir = Path(video), Path(out_dir)
        _check_folder(out_dir)
        result = VideoResult()
        feat_dim = getattr(self.mesher, 'feat_dim', 0)
        if features is not None:
            features = load_features(features, feat_dim)
        elif feat_dim:
            result.messages.append(_NO_FEATURES.format(feat_dim))
        # What can fail at once should not fail after minutes.
        with self._open_renderer(video, render) as renderer, ProgressBars(
                progress, should_stop) as bars:
            clock = Clock()
            with clock('all but drawing'):
                num_frames = self._find_people(video, result, bars,
                                               should_stop)
                _add_features(result.tracks, features, num_frames)
                self._make_meshes(result, bars)
            result.rates |= clock.rates(num_frames)
            self._save_people(out_dir, result)
            if render and should_stop():
                result.stopped = result.stopped or 'before drawing'
            elif render:
                self._draw(video, out_dir, renderer, num_frames, result, bars,
                           should_stop)
        return result

    def _open_renderer(self, video, render):
        from mmarts.visualization.renderer import create_renderer

        if not render:
            return nullcontext()
        with VideoReader(video) as reader:
            size = reader.size
        return create_renderer(self.mesher.body_model.faces, size,
                               self.renderer)

    def _find_people(self, video, result, bars, should_stop) -> int:
        clock = Clock()
        with VideoReader(video) as reader, closing(
                ahead(clock.timed('decode', reader.timed()))) as frames:
            self.pose.reset(reader.fps)
            builder = TrackBuilder(reader.fps, reader.size)
            step = bars.start('decode, pose', reader.num_frames)
            count = 0
            for frame, time in frames:
                if should_stop():
                    result.stopped = (f'after the poses of {count} of '
                                      f'{reader.num_frames or "some"} frames')
                    break
                with clock('pose'):
                    builder.add(self.pose(frame), time)
                count += 1
                step()
        result.tracks = builder.finish()
        result.messages += builder.messages + reader.faults()
        if not result.tracks and not result.stopped:
            raise VideoError(' '.join(
                [f'Nobody was found in "{video}".', *reader.faults()]))
        result.rates = clock.rates(count)
        return count

    def _make_meshes(self, result, bars) -> None:
        clock = Clock()
        num_frames = sum(map(len, result.tracks))
        step = bars.start('mesh', num_frames)
        for track in result.tracks:
            with clock('mesh'):
                mesh_track = self.mesher(track, self.focal_length, step)
            result.mesh_tracks.append(mesh_track)
            result.errors.append(reprojection_error(track, mesh_track))
        result.rates |= clock.rates(num_frames)

    def _save_people(self, out_dir, result) -> None:
        for number, pair in enumerate(zip(result.tracks, result.mesh_tracks)):
            path = out_dir / f'person_{number:03d}.npz'
            result.persons.append(
                _write(path, not result.stopped,
                       lambda name: save_person(name, *pair)))
        others = [
            p.name for p in sorted(out_dir.glob('person_*.npz'))
            if re.fullmatch(r'person_\d{3}(\.partial)?\.npz', p.name)
            and p not in result.persons
        ]
        if others:
            result.messages.append(f'{", ".join(others)} in "{out_dir}" are '
                                   'of an earlier run.')

    def _draw(self, video, out_dir, renderer, num_frames, result, bars,
              should_stop) -> None:
        from mmarts.visualization.renderer import RendererError
        from .overlay_video import PeopleDrawer, SheetCollector, write_overlay

        clock, sheet = Clock(), SheetCollector()
        step = bars.start('render, encode', num_frames)
        drawer = PeopleDrawer(result.tracks, result.mesh_tracks,
                              self.mesher.vertices, renderer)
        path = out_dir / f'{video.stem}_overlay.mp4'
        try:
            written = write_overlay(video, path, drawer, sheet, clock, step,
                                    should_stop)
            whole = written.path == path
            result.overlay = written.path
            result.contact_sheet = _write(out_dir / 'contact_sheet.jpg', whole,
                                          sheet.write)
        except (VideoError, RendererError) as error:
            names = ', '.join(p.name for p in result.files)
            raise type(error)(
                f'{error} Complete in "{out_dir}": {names}.') from error
        if whole:
            partial_name(path).unlink(missing_ok=True)
        else:
            result.stopped = (f'after drawing {written.num_frames} of '
                              f'{num_frames} frames')
        result.rates |= clock.rates(written.num_frames)
        if not written.audio.startswith(('none', 'copied (')):
            result.messages.append(f'The sound was {written.audio}.')


def _add_features(tracks: list[Track], features: Optional[np.ndarray],
                  num_frames: int) -> None:
    """Give each track the features of its frames."""
    if features is None:
        return
    if len(features) < num_frames:
        raise VideoError(f'There are features of {len(features)} frames, but '
                         f'the video has {num_frames}.')
    for track in tracks:
        track.feat = features[track.frames]


def _check_folder(out_dir: Path) -> None:
    """What would keep us from writing is better known before the work."""
    for folder in (out_dir, *out_dir.absolute().parents):
        if folder.exists():
            break
    if not folder.is_dir():
        raise VideoError(f'"{folder}" is a file; results need a folder.')
    if not os.access(folder, os.W_OK | os.X_OK):
        raise VideoError(f'Nothing may be written in the folder "{folder}".')


def _write(path: Path, whole: bool, write) -> Path:
    """Write a file; a whole one replaces what an earlier run left of it."""
    name = path if whole else partial_name(path)
    try:
        write(name)
        if whole:
            partial_name(path).unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(name, error) from error
    return name


def _load_mesher(checkpoint, device: str, **options):
    import torch

    from .track_mesher import TrackMesher

    if device == 'auto':
        device = 'cuda' if torch.cuda.is_available() else 'cpu'
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = (str(error).splitlines() or ['it fails'])[0]
        raise ValueError(f'There is no device "{device}" here ({reason}); '
                         'use cpu, or leave it to auto.') from error
    return TrackMesher(str(checkpoint), device, **options)
