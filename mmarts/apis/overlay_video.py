# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Second pass over a video: draw the bodies into it, frame by frame."""
from contextlib import closing
from pathlib import Path
from typing import Callable, Sequence

import numpy as np

from mmarts.utils.ahead import ahead
from mmarts.utils.files import partial_name
from mmarts.visualization.overlay import (blend, contact_sheet, draw_skeleton,
                                          put_label, shrink, write_image)
from mmarts.visualization.shading import PERSON_COLOURS
from .progress import Clock, Stop
from .results import project_joints
from .tracks import MeshTrack, Track
from .video_io import VideoReader, VideoWriter

_CHUNK = 32  # frames whose meshes are made at once
_GAP_OPACITY = 0.45  # of a body in frames where nobody was seen
_BONE_FRACTION = 220  # height of a person over the thickness of a bone
_SHEET_STEP, _SHEET_SIDE, _SHEET_COLUMNS = 10, 480, 5
# Pictures on the sheet; from there on every other one is left out, so that
# an hour needs no more memory than a minute.
_SHEET_MAX = 40


class PeopleDrawer:
    """Draw the people of a video into its frames.

    Args:
        tracks: The people.
        mesh_tracks: Their bodies, in the same order.
        make_vertices: ``(mesh_track, index) -> (N, V, 3)``, the meshes of
            some frames of a track: ``TrackMesher.vertices``.
        renderer: Of the size of the frames.
    """

    def __init__(self, tracks: Sequence[Track],
                 mesh_tracks: Sequence[MeshTrack],
                 make_vertices: Callable[[MeshTrack, np.ndarray],
                                         np.ndarray], renderer) -> None:
        self.tracks, self.mesh_tracks = tracks, mesh_tracks
        self._make_vertices, self._renderer = make_vertices, renderer
        self._joints = [project_joints(m) for m in mesh_tracks]
        self._present = [track.present for track in tracks]
        self._chunks: dict[int, tuple[int, np.ndarray]] = {}

    def draw(self, image: np.ndarray, frame: int) -> None:
        """Draw everybody of a frame into ``(H, W, 3)``, in place.

        Bodies share one depth buffer; where somebody was out of sight for a
        moment the interpolated body is pale, and for longer there is none.
        """
        here = [(person, frame - track.frames[0])
                for person, track in enumerate(self.tracks)
                if track.frames[0] <= frame <= track.frames[-1]]
        here = [(p, i) for p, i in here if self._present[p][i]]
        # One rendering for those that are seen, one for those that are not.
        for seen in (True, False):
            group = [(p, i) for p, i in here
                     if self.tracks[p].valid[i] == seen]
            if group:
                self._draw_bodies(image, group, 1. if seen else _GAP_OPACITY)
        for person, index in here:
            if self.tracks[person].valid[index]:
                joints = self._joints[person][index]
                thickness = round(np.ptp(joints[:, 1]) / _BONE_FRACTION)
                draw_skeleton(image, joints, thickness=max(thickness, 1))

    def _draw_bodies(self, image, group, opacity) -> None:
        vertices = np.stack([self._vertices(*pair) for pair in group])
        colours = PERSON_COLOURS[[p % len(PERSON_COLOURS) for p, _ in group]]
        crop, origin = self._renderer.render_crop(
            vertices, self.mesh_tracks[group[0][0]].K, colours)
        blend(image, crop, origin, opacity)

    def _vertices(self, person: int, index: int) -> np.ndarray:
        start, chunk = self._chunks.get(person, (0, ()))
        if not start <= index < start + len(chunk):
            stop = min(index + _CHUNK, len(self.tracks[person]))
            start, chunk = index, self._make_vertices(self.mesh_tracks[person],
                                                      np.arange(index, stop))
            self._chunks[person] = start, chunk
        return chunk[index - start]


class SheetCollector:
    """Small pictures of every tenth frame, a bounded number of them."""

    def __init__(self) -> None:
        self._step = _SHEET_STEP
        self._pictures: list[tuple[int, np.ndarray]] = []

    def add(self, image: np.ndarray, frame: int) -> None:
        """Take a frame if its turn has come."""
        if frame % self._step:
            return
        height, width = image.shape[:2]
        picture = shrink(
            image, max(round(_SHEET_SIDE * height / max(height, width)), 1))
        put_label(picture, str(frame))
        self._pictures.append((frame, picture))
        if len(self._pictures) > _SHEET_MAX:
            self._step *= 2
            self._pictures = [
                p for p in self._pictures if p[0] % self._step == 0
            ]

    def write(self, path: Path) -> Path:
        """Write the sheet, whole or not at all."""
        sheet = contact_sheet([p for _, p in self._pictures], _SHEET_COLUMNS)
        return write_image(path, sheet)


def write_overlay(video: Path, path: Path, drawer: PeopleDrawer,
                  sheet: SheetCollector, clock: Clock,
                  on_frame: Callable[[],
                                     None], should_stop: Stop) -> VideoWriter:
    """Write the video with the people drawn into it.

    Args:
        video: The source; its clock and its sound are kept.
        path: The MP4 to write; it appears when it is complete.
        drawer: Draws the people.
        sheet: Gets every frame.
        clock: Counts ``render`` and ``encode``.
        on_frame: Called after each frame.
        should_stop: Asked before each frame but the first; when it is true
            the video ends there and is called partial.

    Returns:
        The writer, closed: its path, number of frames and sound.
    """
    with VideoReader(video) as reader, VideoWriter(
            path,
            reader.rate,
            reader.size,
            reader.time_base,
            audio_from=video,
            pixel_aspect=reader.pixel_aspect) as writer, closing(
                ahead(reader.timed())) as frames:
        for index, (frame, time) in enumerate(frames):
            if index and should_stop():
                writer.end_early(partial_name(path))
                break
            with clock('render'):
                drawer.draw(frame, index)
                sheet.add(frame, index)
            with clock('encode'):
                writer.write(frame, time)
            on_frame()
        with clock('encode'):
            writer.close()
    return writer
