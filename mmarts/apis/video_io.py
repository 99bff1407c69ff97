# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Read any video as upright RGB frames, write H.264 with the same clock."""
import os
from fractions import Fraction
from pathlib import Path
from typing import Iterator, Optional, Union

import numpy as np

PathLike = Union[str, Path]

# Containers that FFmpeg opens without there being a video in the file: text
# becomes a "terminal recording", and play lists may point to the network.
_NOT_VIDEO = ('tty', 'hls', 'concat', 'sdp', 'ansi')
# Rate to write when the file does not say one, for example a still picture.
_FALLBACK_FPS = Fraction(25)
# x264: the overlay is looked at, not archived; 'veryfast' keeps the encoder
# faster than the renderer on two cores.
_X264_OPTIONS = {'preset': 'veryfast', 'crf': '22'}


class VideoError(ValueError):
    """A video cannot be read or written; the text is one clear line."""


class VideoReader:
    """Iterate over the frames of a video file, one in memory at a time.

    Frames are RGB uint8 ``(H, W, 3)``, turned upright by the rotation the
    file asks for; greyscale and high bit depths are converted. Packets that
    cannot be decoded are skipped and counted in :attr:`num_corrupt`.

    Args:
        path: A video file.
        num_threads: Threads of the decoder.

    Attributes:
        fps: Average frames a second, float; :attr:`rate` is the exact one.
        size: ``(width, height)`` in pixels, upright.
        num_frames: Frames the container announces; None when it does not.
        time: Seconds of the frame yielded last, from the start of the file.
        time_base: The unit, in seconds, that the file counts time in.

    Raises:
        VideoError: For a missing file, a folder, a file that is no video or
            has no frame that can be decoded.
    """

    def __init__(self, path: PathLike, num_threads: int = 2) -> None:
        self.path = Path(path)
        self.num_corrupt = 0
        self.time = 0.
        self._container = _open_input(self.path)
        try:
            self._open_stream(num_threads)
        except BaseException:
            self.close()
            raise

    def _open_stream(self, num_threads: int) -> None:
        streams = self._container.streams.video
        if not streams or self._container.format.name in _NOT_VIDEO:
            raise VideoError(f'There is no video in "{self.path}".')
        self._stream = streams[0]
        self._stream.codec_context.thread_count = num_threads
        self._stream.thread_type = 'AUTO'
        self.rate = (
            self._stream.average_rate or self._stream.guessed_rate
            or _FALLBACK_FPS)
        self.fps = float(self.rate)
        self.time_base = self._stream.time_base
        self.num_frames = self._stream.frames or None
        self._origin = max(self._container.start_time or 0, 0) / 1e6
        self._frames = self._decode()
        self._first = next(self._frames, None)
        if self._first is None:
            raise VideoError(f'No frame of "{self.path}" can be decoded.')
        self._raw_size = self._first.width, self._first.height
        self._turns = round(self._first.rotation / 90) % 4
        self.size = self._raw_size[::-1 if self._turns % 2 else 1]

    def _decode(self) -> Iterator:
        import av

        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.error.FFmpegError, OSError):
                self.num_corrupt += 1
                return  # the file itself ends or fails here
            if packet is None:
                return
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                self.num_corrupt += 1
                continue
            yield from frames

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield the frames once; open a new reader to start again."""
        index = 0
        while self._first is not None:
            frame, self._first = self._first, None
            if frame.pts is None:
                self.time = index / self.fps
            else:
                self.time = frame.time - self._origin
            yield self._to_rgb(frame)
            index += 1
            self._first = next(self._frames, None)

    def _to_rgb(self, frame) -> np.ndarray:
        width, height = self._raw_size
        image = frame.to_ndarray(format='rgb24', width=width, height=height)
        if self._turns:
            image = np.ascontiguousarray(np.rot90(image, self._turns))
        return image

    def close(self) -> None:
        """Release the file and the decoder."""
        self._container.close()

    def __enter__(self) -> 'VideoReader':
        return self

    def __exit__(self, *exception) -> None:
        self.close()


def _open_input(path: Path):
    import av

    if path.is_dir():
        raise VideoError(f'"{path}" is a folder; give one video file.')
    if not path.exists():
        raise VideoError(f'There is no file "{path}".')
    try:
        # An absolute path cannot be taken for a protocol such as "http:".
        return av.open(str(path.resolve()))
    except (av.error.FFmpegError, OSError) as error:
        raise VideoError(f'"{path}" cannot be read as a video '
                         f'({_reason(error)}).') from error


def _reason(error: Exception) -> str:
    return getattr(error, 'strerror', None) or str(error)


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
                 num_threads: int = 2) -> None:
        import av

        self.path, self.size = Path(path), tuple(size)
        self._rate = Fraction(fps).limit_denominator(100000)
        step = 1 / self._rate
        self._tick = time_base or step
        # Matroska counts milliseconds, in which 60 frames a second cannot be
        # written: then the time base is a part of the frame period.
        self._time_base = step / 1000 if step % self._tick else self._tick
        self._next_pts, self._num_frames = 0, 0
        self._part = self.path.with_name(f'.{self.path.name}.part.mp4')
        self._container = self._audio = None
        try:
            self._container = av.open(str(self._part.absolute()), 'w')
            self._stream = self._add_video(num_threads)
            if audio_from is not None:
                self._audio = _AudioCopy(audio_from, self._container)
            self._container.start_encoding()
        except (av.error.FFmpegError, OSError) as error:
            self.abort()
            raise VideoError(f'Cannot write "{self.path}" '
                             f'({_reason(error)}).') from error
        self.audio = self._audio.state if self._audio else 'none'

    def _add_video(self, num_threads: int):
        width, height = self.size
        stream = self._container.add_stream(
            'libx264', rate=self._rate, options=dict(_X264_OPTIONS))
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt = 'yuv420p'
        context = stream.codec_context
        context.time_base = self._time_base
        context.thread_count = num_threads
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
            time = float(self._num_frames / self._rate)
        if self._audio is not None:
            self._guard(self._audio.copy_until, time)
        self._guard(self._encode, self._to_yuv(frame, time))
        self._num_frames += 1

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
            raise VideoError(f'Cannot write "{self.path}" '
                             f'({_reason(error)}).') from error

    def close(self) -> None:
        """Finish the file and give it its final name."""
        self._guard(self._finish)

    def _finish(self) -> None:
        self._encode(None)
        if self._audio is not None:
            self._audio.copy_until(float('inf'))
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


class _AudioCopy:
    """Packets of the first audio stream of a file, in step with a video."""

    def __init__(self, source: PathLike, output) -> None:
        self._output, self._stream, self._pending = output, None, None
        self._input = _open_input(Path(source))
        streams = self._input.streams.audio
        self.state = 'none'
        if not streams:
            return
        name = streams[0].codec_context.name
        # FFmpeg announces more codecs for MP4 than players open; this list
        # is what the format is commonly used with.
        if name not in ('aac', 'mp3', 'mp3float', 'ac3', 'eac3', 'opus',
                        'libopus', 'alac', 'flac'):
            self.state = f'left out ({name} does not fit an MP4 file)'
            return
        self.state = f'copied ({name})'
        self._stream = output.add_stream_from_template(streams[0])
        self._origin = max(self._input.start_time or 0, 0) / 1e6
        self._packets = self._input.demux(streams[0])
        self._pending = next(self._packets, None)

    def copy_until(self, time: float) -> None:
        """Write the packets that start up to ``time`` seconds."""
        while self._pending is not None:
            packet = self._pending
            if packet.dts is not None:  # the demuxer ends with an empty one
                start = packet.dts * packet.time_base
                if start - self._origin > time:
                    return
                self._write(packet)
            self._pending = next(self._packets, None)

    def _write(self, packet) -> None:
        shift = round(self._origin / packet.time_base)
        packet.pts -= shift
        packet.dts -= shift
        packet.stream = self._stream
        self._output.mux(packet)

    def close(self) -> None:
        """Release the source."""
        self._input.close()
