# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Sound that goes from one file to another without being encoded again."""
from pathlib import Path
from typing import Optional

from .reader import PathLike, open_input

# FFmpeg announces more codecs for MP4 than players open; these are what the
# format is commonly used with.
_FITS_MP4 = ('aac', 'mp3', 'mp3float', 'ac3', 'eac3', 'opus', 'libopus',
             'alac', 'flac')


class AudioCopy:
    """Packets of the first audio stream of a file, in step with a video.

    Damaged sound is no reason to lose the picture: packets without a time
    or out of order are left out, and where the source cannot be read any
    further the sound ends.

    Args:
        source: The file with the sound.
        output: PyAV container to write to.

    Attributes:
        state: What became of the sound, in words.
        num_damaged: Packets that were left out.
    """

    def __init__(self, source: PathLike, output) -> None:
        self._output, self._stream, self._pending = output, None, None
        self._last_dts: Optional[int] = None
        self.state, self.num_damaged = 'none', 0
        self._input = open_input(Path(source))
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        import av

        streams = self._input.streams.audio
        if not streams:
            return
        context = streams[0].codec_context
        name = context.name if context else 'an unknown codec'
        if name not in _FITS_MP4:
            self.state = f'left out ({name} does not fit an MP4 file)'
            return
        try:
            self._stream = self._output.add_stream_from_template(streams[0])
        except (av.error.FFmpegError, ValueError):
            self.state = f'left out ({name} of a kind that cannot be copied)'
            return
        self.state = f'copied ({name})'
        self._origin = max(self._input.start_time or 0, 0) / 1e6
        self._packets = self._input.demux(streams[0])
        self._advance()

    def _advance(self) -> None:
        """Go to the next packet that can be written, None at the end."""
        import av

        self._pending = None
        while True:
            try:
                packet = next(self._packets, None)
            except (av.error.FFmpegError, OSError):
                self.state = 'cut off where the file is damaged'
                return
            if packet is None:
                return
            # The demuxer ends with an empty packet, which has no time.
            if not packet.size:
                continue
            late = packet.dts is not None and (self._last_dts is None
                                               or packet.dts > self._last_dts)
            if late and packet.pts is not None:
                self._pending, self._last_dts = packet, packet.dts
                return
            self.num_damaged += 1

    def copy_until(self, time: float) -> None:
        """Write the packets that start up to ``time`` seconds."""
        import av

        while self._pending is not None:
            packet = self._pending
            if packet.dts * packet.time_base - self._origin > time:
                return
            shift = round(self._origin / packet.time_base)
            packet.pts -= shift
            packet.dts -= shift
            packet.stream = self._stream
            try:
                self._output.mux(packet)
            except (av.error.InvalidDataError, av.error.ArgumentError):
                self.num_damaged += 1
            self._advance()

    def close(self) -> None:
        """Release the source."""
        self._input.close()
