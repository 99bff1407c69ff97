# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Clips of features that were extracted before, with their crops' targets."""
from typing import Optional

import numpy as np

from mmarts.registry import DATASETS
from mmarts.structures import MeshDataSample
from .crop_view import CropView
from .picture_clips import PictureClips


@DATASETS.register_module()
class FeatureClips(PictureClips):
    """:class:`PictureClips` without the pictures: ``feat`` stands for them.

    The file is what ``tools/extract_features.py`` wrote. Nothing may be
    augmented, and ``augment`` must be that of the extraction: cameras and 2D
    targets are of its crops.

    Args:
        ann_file: Annotations with ``feat``.
        num_frames, interval, stride: As in :class:`PictureClips`; neighbours
            by default.
        joint_set: Set of the samples' joints.
        keep: Whether samples stay in memory once they are made. Nothing is
            drawn, so that every round has the same ones.
        kwargs: Of :class:`PictureClips`.

    Raises:
        ValueError: If the file has no features.
    """

    def __init__(self,
                 ann_file: str,
                 num_frames: int = 9,
                 interval: int = 1,
                 stride: int = 1,
                 joint_set: str = 'lsp14',
                 keep: bool = False,
                 **kwargs) -> None:
        super().__init__(
            ann_file,
            num_frames=num_frames,
            interval=interval,
            stride=stride,
            joint_set=joint_set,
            **kwargs)
        if 'feat' not in self.arrays:
            raise ValueError(f'{ann_file} has no features ("feat"); '
                             'tools/extract_features.py adds them.')
        self.kept: Optional[dict] = {} if keep else None

    def __getitem__(self, index: int) -> dict:
        if self.kept is None:
            return super().__getitem__(index)
        if index not in self.kept:
            self.kept[index] = super().__getitem__(index)
        item = self.kept[index]
        # Whoever writes into the sample has one of its own.
        return dict(
            inputs=dict(item['inputs']),
            data_samples=item['data_samples'].new())

    def _clip(self, *args, **kwargs) -> dict:
        item = super()._clip(*args, **kwargs)
        del item['inputs']['image']
        return item

    def _pictures(self, sample: MeshDataSample, view: CropView) -> np.ndarray:
        """One black pixel a frame: nobody looks."""
        return np.zeros((self.num_frames, 1, 1, 3), np.uint8)
