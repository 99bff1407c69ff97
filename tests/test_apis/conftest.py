# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Small videos made on the spot, and the clip that ships."""
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mmarts.apis import MeshTrack, demo_cli, inferencer
from mmarts.geometry.camera import default_focal_length

CLIP = Path(__file__).parents[2] / 'demo' / 'cam03.mp4'


@pytest.fixture(scope='session')
def clip() -> Path:
    """One person, 1088x1920, 60 frames a second, 100 frames."""
    return CLIP


@pytest.fixture(scope='session')
def clip_frames(clip) -> dict[int, np.ndarray]:
    """A few frames of it by number; the first eight are consecutive."""
    from mmarts.apis import VideoReader
    wanted = (*range(8), 40)
    with VideoReader(clip) as reader:
        return {
            i: frame
            for i, frame in zip(range(max(wanted) + 1), reader) if i in wanted
        }


@pytest.fixture
def make_video(tmp_path):
    """``make_video(frames, ...) -> Path``: encode frames by PyAV itself."""
    av = pytest.importorskip('av')

    def make(frames,
             name='in.mp4',
             rate=30,
             pix_fmt='yuv420p',
             times=None,
             rotation=0,
             sound=0.,
             codec='libx264',
             options=None,
             title='',
             pixel_aspect=None):
        path = tmp_path / name
        with av.open(str(path), 'w') as out:
            stream = out.add_stream(codec, rate=rate, options=options or {})
            stream.height, stream.width = frames[0].shape[:2]
            stream.pix_fmt = pix_fmt
            stream.codec_context.time_base = Fraction(1, 90000)
            if title:
                out.metadata['title'] = title
            if pixel_aspect:
                stream.codec_context.sample_aspect_ratio = pixel_aspect
            if rotation:
                stream.set_display_rotation(rotation)
            audio = out.add_stream('aac', rate=16000) if sound else None
            for i, image in enumerate(frames):
                frame = av.VideoFrame.from_ndarray(image, format='rgb24')
                time = times[i] if times is not None else Fraction(i) / rate
                frame.pts = round(time * 90000)
                frame.time_base = Fraction(1, 90000)
                frame.duration = round(90000 / Fraction(rate))
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
            for block in range(int(sound * 16000) // 1024 if audio else 0):
                tone = np.sin(np.arange(1024) * 0.2 + block)[None]
                samples = av.AudioFrame.from_ndarray(
                    tone.astype(np.float32), format='fltp', layout='mono')
                samples.rate, samples.pts = 16000, block * 1024
                out.mux(audio.encode(samples))
            if audio:
                out.mux(audio.encode(None))
        return path

    return make


@pytest.fixture
def numbered():
    """``numbered(count, height, width)``: frames that tell their number.

    The whole frame is grey of level ``20 + 10 * number``; its top left
    quarter is red, so that a turned frame is known.
    """

    def make(count, height=48, width=64):
        frames = []
        for number in range(count):
            frame = np.full((height, width, 3), 20 + 10 * number, np.uint8)
            frame[:height // 2, :width // 2] = 220, 30, 30
            frames.append(frame)
        return frames

    return make


DEPTH = 4.  # metres
BOX_FACES = np.array([[0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4],
                      [1, 5, 4], [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6],
                      [1, 3, 5], [3, 7, 5]])


class FlatMesher:
    """Joints on a plane in front of the camera, a small box for a body."""

    body_model_id = 'box'
    body_model = SimpleNamespace(faces=BOX_FACES)

    def __call__(self, track, focal_length=None, step=None):
        width, height = track.image_size
        focal = focal_length or default_focal_length(width, height)
        K = np.array([[focal, 0, width / 2], [0, focal, height / 2],
                      [0, 0, 1.]])
        rays = (track.keypoints2d - K[:2, 2]) / focal
        joints = np.concatenate([rays, np.ones((len(track), 19, 1))], -1)
        eye = np.broadcast_to(np.eye(3), (len(track), 24, 3, 3))
        return MeshTrack(eye[:, :1], eye[:, 1:], np.zeros((len(track), 10)),
                         joints[:, 17] * DEPTH, joints * DEPTH, K, 'box')

    def vertices(self, mesh_track, index):
        corners = np.mgrid[:2, :2, :2].reshape(3, 8).T[:, ::-1] - 0.5
        return (mesh_track.transl[index, None] + 0.2 * corners).astype(
            np.float32)


@pytest.fixture
def flat_mesher() -> FlatMesher:
    """Stands for the network."""
    return FlatMesher()


@pytest.fixture
def stand_in(monkeypatch, tmp_path, flat_mesher):
    """The command finds the stand-in and a checkpoint."""
    monkeypatch.setattr(inferencer, '_load_mesher',
                        lambda *_, **__: flat_mesher)
    checkpoint = tmp_path / 'some.pth'
    checkpoint.touch()
    return [
        '--checkpoint',
        str(checkpoint), '--renderer', 'software', '--quiet'
    ]


@pytest.fixture
def run_demo(stand_in, tmp_path, capfd):
    """``run_demo(video, ...)``: the command with the stand-in network.

    Gives the exit code, the folder of the results, and what was printed on
    the two streams. Nothing hidden may be left in the folder.
    """

    def run(video, *args):
        out = tmp_path / 'out'
        code = demo_cli.main(
            [str(video), '--out-dir',
             str(out), *stand_in, *args])
        printed = capfd.readouterr()
        assert not list(out.glob('.*'))
        return SimpleNamespace(
            code=code, out=out, text=printed.out, errors=printed.err)

    return run


@pytest.fixture(scope='session')
def walker(clip_frames) -> list[np.ndarray]:
    """Eight consecutive frames of the clip at a quarter of its size."""
    import cv2
    return [
        cv2.resize(clip_frames[i], (272, 480), interpolation=cv2.INTER_AREA)
        for i in range(8)
    ]


@pytest.fixture
def short_clip(clip_frames, make_video):
    """Five frames of the clip at half size, 15 a second, with sound."""
    frames = [clip_frames[i][::2, ::2] for i in range(5)]
    return make_video([np.ascontiguousarray(f) for f in frames],
                      name='walk.mp4',
                      rate=15,
                      sound=0.3)
