# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The pictures that the rows of an annotation file are of."""
from pathlib import Path
from typing import Iterator, Optional

import cv2
import numpy as np

from mmarts.annotations.annotation_file import AnnotationFile
from ..video_io import VideoReader

_VIDEO_SUFFIXES = ('.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v')


class RowFrames:
    """Frames of rows, from pictures or from videos.

    Args:
        file: With an array ``image``, or sequences named as the videos are.
        images: Folder that ``image`` is relative to.
        videos: Folder of the videos: ``<sequence>.mp4`` or another ending.

    Raises:
        ValueError: If neither folder is given, or the file names no
            pictures.
        FileNotFoundError: If the folder is not there.
    """

    def __init__(self,
                 file: AnnotationFile,
                 images: str = '',
                 videos: str = '') -> None:
        if bool(images) == bool(videos):
            raise ValueError('Name the folder of the pictures (--images), or '
                             'that of the videos (--videos).')
        if images and 'image' not in file.arrays:
            raise ValueError(f'{file.path} does not say which pictures its '
                             'rows are of; name the folder of the videos '
                             '(--videos).')
        self.root = Path(images or videos)
        if not self.root.is_dir():
            raise FileNotFoundError(f'There is no folder "{self.root}".')
        self.file, self.of_videos = file, bool(videos)
        self.frames = np.asarray(file.arrays['frame_index'])
        rate = float(file.arrays['fps'])
        step = float(file.arrays.get('source_fps', rate)) / rate
        # Frames of the original, which may have another rate.
        self.numbers = np.round(self.frames * step).astype(int)

    def chunks(self, size: int) -> list[np.ndarray]:
        """Rows ``(N,)`` that are worked through at a time.

        People of one picture are together where their rows are neighbours.
        A video is one chunk, as it is decoded from its start.

        Args:
            size: Rows of a chunk of pictures.
        """
        starts = self.file.track_starts
        if not self.of_videos:
            rows = np.arange(starts[-1])
            return np.split(rows, np.arange(size, len(rows), size))
        names = [self.file.track_name(i)[0] for i in range(len(starts) - 1)]
        by_video: dict[str, list[np.ndarray]] = {}
        for name, first, last in zip(names, starts, starts[1:]):
            by_video.setdefault(name, []).append(np.arange(first, last))
        return [np.concatenate(rows) for rows in by_video.values()]

    def read(
        self, rows: np.ndarray
    ) -> Iterator[tuple[np.ndarray, Optional[np.ndarray], str]]:
        """Frames of a chunk.

        Yields:
            Rows ``(N,)`` of a frame, the frame ``(H, W, 3)`` RGB uint8, and
            what is wrong where it is None.
        """
        if self.of_videos:
            yield from self._of_video(rows)
            return
        names = np.asarray(self.file.arrays['image'][rows])
        for name in dict.fromkeys(names.tolist()):
            path = self.root / name.decode()
            image = cv2.imread(str(path)) if name and path.is_file() else None
            # Named as the file has it: its folder is a setting of the call.
            fault = '' if image is not None else (
                f'its picture "{name.decode()}" '
                f'{"cannot be read" if path.is_file() else "is not there"}')
            if image is not None:
                image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
            yield rows[names == name], image, fault

    def _of_video(self, rows: np.ndarray) -> Iterator[tuple]:
        numbers = self.numbers[rows]
        name = self.sequence(rows[0])
        path = next((p for s in _VIDEO_SUFFIXES
                     if (p := self.root / f'{name}{s}').is_file()), None)
        waiting = set(numbers.tolist())
        if path is not None:
            with VideoReader(path) as reader:
                for number, frame in enumerate(reader):
                    if number in waiting:
                        waiting.discard(number)
                        yield rows[numbers == number], frame, ''
                    if not waiting:
                        return
        for number in sorted(waiting):
            yield rows[numbers == number], None, (
                f'its video "{name}" is not there' if path is None else
                f'its video "{path.name}" ends before frame {number}')

    def track(self, row: int) -> int:
        """Number of a row's track."""
        return int(
            np.searchsorted(self.file.track_starts, row, side='right') - 1)

    def sequence(self, row: int) -> str:
        """Name of a row's sequence."""
        return self.file.track_name(self.track(row))[0]

    def words(self, row: int) -> str:
        """A row, for messages."""
        sequence, person = self.file.track_name(self.track(row))
        return (f'sequence "{sequence}", person "{person}", frame '
                f'{self.frames[row]}')
