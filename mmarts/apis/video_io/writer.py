# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Write RGB frames as H.264, with the clock and the sound of a source."""
import os
from fractions import Fraction
from pathlib import Path
from typing import Optional, Union

import numpy as np

from .audio import AudioCopy
from .reader import PathLike, VideoError, cannot_write

# x264: the overlay is looked at, not archived; 'veryfast' keeps the encoder
# faster than the renderer on two cores.
_X264_OPTIONS = {'preset': 'veryfast', 'crf': '22'}
# It holds back a dozen frames to look ahead; at 8K those are 0.7 GB.
_LARGE = 4096 * 2304  # pixels
_LARGE_OPTIONS = {'bframes': '0', 'rc-lookahead': '2', 'sync-lookahead': '0'}


class VideoWriter:
    """Write RGB frames as H.264 in an MP4 file that appears when complete.

    The file is written under a temporary name beside the final one and
    renamed when the ``with`` block ends; an error or an interruption removes
    it. H.264 in the pixel format that every player reads (4:2:0) has even
    sizes only: an odd width or height is padded by one repeated column or
    row at the right or bottom, and no pixel is scaled or lost.

    Args:
        path: The file to write, ``.mp4``.
        fps: Frames a second; a Fraction is kept exactly.
        size: ``(width, height)`` of the frames, pixels.
        time_base: Unit that the times given to :meth:`write` were counted
            in, seconds. They are kept exactly, but for those within one unit
            of an even frame rate, which are made even.
        audio_from: A file whose first audio stream is copied, not encoded
            again, next to the video. :attr:`audio` says what became of it.
        pixel_aspect: Width over height of a pixel as it should be shown.
        num_threads: Threads of the encoder.

    Raises:
        VideoError: If the file cannot be written.
    """

    def __init__(self,
                 path: PathLike,
                 fps: Union[float, Fraction],
                 size: tuple[int, int],
                 time_base: Optional[Fraction] = None,
                 audio_from: Optional[PathLike] = None,
                 pixel_aspect: Fraction = Fraction(1),
                 num_threads: int = 2) -> None:
        import av

        self.path, self.size = Path(path), tuple(size)
        self._rate = Fraction(fps).limit_denominator(100000)
        step = 1 / self._rate
        self._tick = time_base or step
        # Matroska counts milliseconds, in which 60 frames a second cannot be
        # written: then the time base is a part of the frame period.
        self._time_base = step / 1000 if step % self._tick else self._tick
        self._next_pts, self.num_frames = 0, 0
        self._audio_end, self._closed = float('inf'), False
        self._part = self.path.with_name(f'.{self.path.name}.part.mp4')
        self._container = self._audio = None
        try:
            self._container = av.open(str(self._part.absolute()), 'w')
            self._stream = self._add_video(num_threads, pixel_aspect)
            if audio_from is not None:
                self._audio = AudioCopy(audio_from, self._container)
            self._container.start_encoding()
        except (av.error.FFmpegError, OSError) as error:
            self.abort()
            raise cannot_write(self.path, error) from error
        except BaseException:
            self.abort()
            raise

    @property
    def audio(self) -> str:
        """What became of the sound so far."""
        if self._audio is None:
            return 'none'
        damaged = self._audio.num_damaged
        lost = f'copied without {damaged} damaged packet(s)'
        copied = self._audio.state.startswith('copied')
        return lost if copied and damaged else self._audio.state

    def _add_video(self, num_threads: int, pixel_aspect: Fraction):
        width, height = self.size
        options = dict(_X264_OPTIONS)
        if width * height > _LARGE:
            options |= _LARGE_OPTIONS
        stream = self._container.add_stream(
            'libx264', rate=self._rate, options=options)
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt = 'yuv420p'
        context = stream.codec_context
        context.time_base = self._time_base
        context.thread_count = num_threads
        context.sample_aspect_ratio = pixel_aspect
        # BT.709, limited range, said and used: players guess otherwise.
        context.colorspace = context.color_primaries = context.color_trc = 1
        context.color_range = 1
        return stream

    def write(self, frame: np.ndarray, time: Optional[float] = None) -> None:
        """Append one ``(H, W, 3)`` RGB uint8 frame.

        Args:
            frame: Of the size the writer was made for.
            time: Seconds from the start; a frame period after the last one
                when left out. Times that do not rise are moved up.
        """
        if frame.shape != (self.size[1], self.size[0], 3):
            raise VideoError(
                f'The writer was made for {self.size[0]}x{self.size[1]} '
                f'frames, but got an array {frame.shape}.')
        if time is None:
            time = float(self.num_frames / self._rate)
        if self._audio is not None:
            self._guard(self._audio.copy_until, time)
        self._guard(self._encode, self._to_yuv(frame, time))
        self.num_frames += 1

    def _to_yuv(self, frame: np.ndarray, time: float):
        import av

        pad = [(0, n % 2) for n in frame.shape[:2]] + [(0, 0)]
        if any(n % 2 for n in frame.shape[:2]):
            frame = np.pad(frame, pad, mode='edge')
        # The buffer is shared, not copied: the conversion below reads it.
        frame = av.VideoFrame.from_numpy_buffer(
            np.ascontiguousarray(frame), format='rgb24')
        frame = frame.reformat(
            format='yuv420p', dst_colorspace='ITU709', dst_color_range='MPEG')
        even = round(time * self._rate) / self._rate
        if abs(even - time) <= self._tick:
            time = even
        frame.pts = max(round(time / self._time_base), self._next_pts)
        frame.time_base = self._time_base
        # Without it the muxer guesses how long the last frame is shown.
        frame.duration = max(round(1 / self._rate / self._time_base), 1)
        self._next_pts = frame.pts + 1
        return frame

    def _encode(self, frame) -> None:
        for packet in self._stream.encode(frame):
            self._container.mux(packet)

    def _guard(self, function, *args) -> None:
        import av

        try:
            function(*args)
        except (av.error.FFmpegError, OSError) as error:
            raise cannot_write(self.path, error) from error

    def end_early(self, path: PathLike) -> None:
        """Let the file end here, under another name.

        Args:
            path: Its final name when it is closed, in the same folder. The
                sound ends with the picture.
        """
        self.path = Path(path)
        self._audio_end = float(self._next_pts * self._time_base)

    def close(self) -> None:
        """Finish the file and give it its final name; once more does nothing.
        """
        if not self._closed:
            self._guard(self._finish)
            self._closed = True

    def _finish(self) -> None:
        self._encode(None)
        if self._audio is not None:
            self._audio.copy_until(self._audio_end)
            self._audio.close()
        self._container.close()
        os.replace(self._part, self.path)

    def abort(self) -> None:
        """Delete what has been written so far."""
        import av

        if self._audio is not None:
            self._audio.close()
        try:
            if self._container is not None:
                self._container.close()
        except (av.error.FFmpegError, OSError):
            pass  # the file goes anyway, be it incomplete or too large
        self._part.unlink(missing_ok=True)

    def __enter__(self) -> 'VideoWriter':
        return self

    def __exit__(self, kind, value, traceback) -> None:
        if kind is not None:
            self.abort()
            return
        try:
            self.close()
        except BaseException:
            self.abort()
            raise
