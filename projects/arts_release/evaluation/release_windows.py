# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The windows whose middle frames the authors' evaluation scores."""
import numpy as np

from mmarts.datasets import MeshDataset
from mmarts.registry import DATASETS

RELEASED, CORRECTED = 'arts-release', 'corrected'


@DATASETS.register_module()
class ReleaseWindows(MeshDataset):
    """Windows at every frame, each with the protocols that count it.

    The meta key ``protocols`` holds ``'arts-release'`` for a window that the
    release scores: cuts in a track are not seen, and windows that reach
    beyond the last whole chunk of ``T`` frames are left out. It holds
    ``'corrected'`` for every window that no cut runs through. Arguments are
    those of ``MeshDataset``.
    """

    def __getitem__(self, index: int) -> dict:
        item = super().__getitem__(index)
        item['data_samples'].set_metainfo(
            dict(protocols=self.protocols[index]))
        return item

    def _cut(self, stride: int) -> np.ndarray:
        """First row of every window; fills :attr:`protocols`."""
        windows, self.protocols = [], []
        edges = self._track_starts
        for first, end in zip(edges[:-1], edges[1:]):
            released = set(
                release_starts(end - first, self.num_frames, stride))
            frames = self._frames[first:end]
            for start in range(0, end - first - self.num_frames + 1, stride):
                stop = start + self.num_frames
                whole = frames[stop - 1] - frames[start] == stop - start - 1
                names = (RELEASED, ) * (start in released)
                names += (CORRECTED, ) * bool(whole)
                if names:
                    windows.append(first + start)
                    self.protocols.append(names)
        return np.array(windows, np.int64)


def release_starts(num_frames: int, length: int, stride: int) -> list[int]:
    """First frames of the release's windows of a track.

    Args:
        num_frames: Frames of the track.
        length: Frames of a window.
        stride: Frames between the starts of neighbouring windows.

    Returns:
        Starts, increasing; no window ends behind the last whole ``length``
        frames of the track, counted from its beginning.
    """
    chunks = num_frames // length * length
    return list(range(0, chunks - length + 1, stride))
