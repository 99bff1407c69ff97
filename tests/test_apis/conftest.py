# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Small videos made on the spot, and the clip that ships."""
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

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
             codec='libx264'):
        path = tmp_path / name
        with av.open(str(path), 'w') as out:
            stream = out.add_stream(codec, rate=rate)
            stream.height, stream.width = frames[0].shape[:2]
            stream.pix_fmt = pix_fmt
            stream.codec_context.time_base = Fraction(1, 90000)
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
