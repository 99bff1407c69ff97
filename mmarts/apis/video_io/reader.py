# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Read any video as upright RGB frames with a clock that only goes forward."""
from fractions import Fraction
from pathlib import Path
from threading import Lock
from typing import Iterator, Optional, Union

import numpy as np

PathLike = Union[str, Path]

# Containers that FFmpeg opens without there being a video in the file: text
# becomes a "terminal recording", and play lists may point to the network.
_NOT_VIDEO = ('tty', 'hls', 'concat', 'sdp', 'ansi')
# Rate to write when the file does not say one, for example a still picture.
_FALLBACK_FPS = Fraction(25)
_MISSING = 0.5  # seconds at the end that are worth a word


class VideoError(ValueError):
    """A video cannot be read or written; the text is one clear line."""


class VideoReader:
    """Iterate over the frames of a video file, two in memory at a time.

    Frames may be taken in another thread than the one that closes it.

    Frames are RGB uint8 ``(H, W, 3)``, turned upright by the rotation the
    file asks for; greyscale and high bit depths are converted. Packets that
    cannot be decoded are skipped; what was wrong is in :meth:`faults`.

    Args:
        path: A video file.
        num_threads: Threads of the decoder.

    Attributes:
        fps: Average frames a second, float; :attr:`rate` is the exact one.
        size: ``(width, height)`` in pixels, upright.
        pixel_aspect: Width over height of a pixel as shown, upright.
        num_frames: Frames the container announces; None when it does not.
        num_read: Frames yielded so far.
        num_corrupt: Packets that could not be decoded.
        num_damaged: Frames that were decoded from damaged data.
        time: Seconds of the frame yielded last, from the start of the file.
            It rises from frame to frame: a stamp that is missing or out of
            order is replaced by one between its neighbours.
        time_base: The unit, in seconds, that the file counts time in.

    Raises:
        VideoError: For a missing file, a folder, a file that is no video or
            has no frame that can be decoded.
    """

    def __init__(self, path: PathLike, num_threads: int = 2) -> None:
        self.path = Path(path)
        self.num_read = self.num_corrupt = self.num_damaged = 0
        self.time = 0.
        self._first_fault: Optional[float] = None
        self._broken = self._exhausted = False
        # FFmpeg crashes when its memory is let go while it decodes.
        self._busy = Lock()
        self._container = open_input(self.path)
        try:
            self._open_stream(num_threads)
        except BaseException:
            self.close()
            raise

    def _open_stream(self, num_threads: int) -> None:
        from av.stream import Disposition

        # The cover of a song is a "video" too.
        streams = [
            s for s in self._container.streams.video
            if not s.disposition & Disposition.attached_pic
        ]
        if not streams or self._container.format.name in _NOT_VIDEO:
            raise VideoError(f'There is no video in "{self.path}".')
        self._stream = streams[0]
        if self._stream.codec_context is None:
            raise VideoError(f'The video in "{self.path}" is of a kind that '
                             'FFmpeg cannot decode.')
        self._stream.codec_context.thread_count = num_threads
        self._stream.thread_type = 'AUTO'
        self.rate = (
            self._stream.average_rate or self._stream.guessed_rate
            or _FALLBACK_FPS)
        self.fps = float(self.rate)
        self.time_base = self._stream.time_base
        self.num_frames = self._stream.frames or None
        self._origin = max(self._container.start_time or 0, 0) / 1e6
        self._duration = (self._container.duration or 0) / 1e6
        self._frames = self._decode()
        self._ahead = next(self._frames, None)
        if self._ahead is None:
            raise VideoError(f'No frame of "{self.path}" can be decoded.')
        self._raw_size = self._ahead.width, self._ahead.height
        self._turns = round(self._ahead.rotation / 90) % 4
        self.size = self._raw_size[::-1 if self._turns % 2 else 1]
        aspect = Fraction(self._stream.sample_aspect_ratio or 1)
        self.pixel_aspect = 1 / aspect if self._turns % 2 else aspect

    def _decode(self) -> Iterator:
        import av

        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.error.FFmpegError, OSError):
                self._broken = True  # the file itself ends or fails here
                packet = None
            if packet is None:
                self._exhausted = True
                return
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                self.num_corrupt += 1
                self._note_fault()
                continue
            for frame in frames:
                if frame.is_corrupt:
                    self.num_damaged += 1
                    self._note_fault()
                yield frame

    def _note_fault(self) -> None:
        if self._first_fault is None:
            self._first_fault = self.time

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield the frames once; open a new reader to start again."""
        while self._ahead is not None:
            with self._busy:
                frame, self._ahead = self._ahead, next(self._frames, None)
                self.time = self._clock(frame)
                self.num_read += 1
                image = self._to_rgb(frame)
            yield image

    def timed(self) -> Iterator[tuple[np.ndarray, float]]:
        """Yield the frames once, each with its :attr:`time`."""
        for frame in self:
            yield frame, self.time

    def _clock(self, frame) -> float:
        time, after = self._stamp(frame), self._stamp(self._ahead)
        if not self.num_read:
            return time or 0.
        rises = time is not None and time > self.time
        # One that the next frame goes back behind is not to be believed.
        outlier = rises and after is not None and self.time < after < time
        if rises and not outlier:
            return time
        time = self.time + 1 / self.fps
        if after is not None and after > self.time:
            time = min(time, (self.time + after) / 2)
        return time

    def _stamp(self, frame) -> Optional[float]:
        if frame is None or frame.pts is None:
            return None
        return frame.time - self._origin

    def _to_rgb(self, frame) -> np.ndarray:
        width, height = self._raw_size
        image = frame.to_ndarray(format='rgb24', width=width, height=height)
        if self._turns:
            image = np.ascontiguousarray(np.rot90(image, self._turns))
        return image

    def faults(self) -> list[str]:
        """What was wrong with the file as far as it was read, a line each."""
        lines = []
        if self._first_fault is not None:
            lines.append(
                f'The video is damaged from about {self._first_fault:.2f} s: '
                f'{self.num_corrupt} packet(s) could not be decoded, '
                f'{self.num_damaged} frame(s) only in part.')
        end = self.time + 1 / self.fps
        if self._broken:
            lines.append(f'The file breaks off at {end:.2f} s.')
        elif self._exhausted and self._duration - end > _MISSING:
            lines.append(f'The video ends at {end:.2f} s of the '
                         f'{self._duration:.2f} s that the file announces.')
        return lines

    def close(self) -> None:
        """Release the file and the decoder, when no frame is being made."""
        with self._busy:
            self._container.close()

    def __enter__(self) -> 'VideoReader':
        return self

    def __exit__(self, *exception) -> None:
        self.close()


def open_input(path: Path):
    """Open a file for reading by PyAV.

    Raises:
        VideoError: If there is no such file or FFmpeg cannot make sense of
            it.
    """
    import av

    if path.is_dir():
        raise VideoError(f'"{path}" is a folder; give one video file.')
    if not path.exists():
        raise VideoError(f'There is no file "{path}".')
    try:
        # An absolute path cannot be taken for a protocol such as "http:".
        # Titles and comments may be in any encoding; nobody reads them here.
        return av.open(str(path.resolve()), metadata_errors='replace')
    except (av.error.FFmpegError, OSError) as error:
        raise VideoError(f'"{path}" cannot be read as a video '
                         f'({reason(error)}).') from error


def reason(error: Exception) -> str:
    """What an error of FFmpeg or of the system says, without its number."""
    return getattr(error, 'strerror', None) or str(error)


def cannot_write(path: PathLike, error: Exception) -> VideoError:
    """The error to raise when a file cannot be written."""
    return VideoError(f'Cannot write "{path}" ({reason(error)}).')
