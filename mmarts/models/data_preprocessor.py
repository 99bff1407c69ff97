# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Stack windows into a batch and move it to the device."""
from typing import Sequence

import torch
from mmengine.model import BaseDataPreprocessor

from mmarts.registry import MODELS


@MODELS.register_module()
class WindowPreprocessor(BaseDataPreprocessor):
    """Lists of per-window inputs to tensors ``(B, T, ...)``."""

    def forward(self, data: dict, training: bool = False) -> dict:
        """Collated windows to a batch.

        Args:
            data: ``inputs``, a dict of lists of tensors (or of stacked
                tensors), and ``data_samples``, a list.
            training: Not used; nothing here is random.
        """
        inputs = {
            key: torch.stack(value) if isinstance(value,
                                                  (list, tuple)) else value
            for key, value in data['inputs'].items()
        }
        return self.cast_data(
            dict(inputs=inputs, data_samples=data.get('data_samples')))


@MODELS.register_module()
class PicturePreprocessor(WindowPreprocessor):
    """Normalises pictures; clips and stills of one batch become groups.

    Args:
        mean, std: Of red, green and blue, pixels in [0, 1]; those of
            ImageNet by default.
        key: Input that holds pictures, ``(T, 3, H, W)`` a sample: uint8, or
            float in [0, 1].
    """

    def __init__(self,
                 mean: Sequence[float] = (0.485, 0.456, 0.406),
                 std: Sequence[float] = (0.229, 0.224, 0.225),
                 key: str = 'image') -> None:
        super().__init__()
        self.key = key
        for name, value in (('mean', mean), ('std', std)):
            self.register_buffer(
                name, torch.tensor(value).reshape(3, 1, 1), persistent=False)

    def forward(self, data: dict, training: bool = False) -> dict:
        """Collated windows to a batch.

        Args:
            data: As in :class:`WindowPreprocessor`.
            training: Not used.

        Returns:
            ``inputs`` and ``data_samples``; both are lists, one entry a
            length, where the windows have several lengths.
        """
        groups = [self._normalised(g, training) for g in self._groups(data)]
        if len(groups) == 1:
            return groups[0]
        return {
            key: [group[key] for group in groups]
            for key in ('inputs', 'data_samples')
        }

    def _groups(self, data: dict) -> list[dict]:
        """Windows of equal length, the longest first."""
        lengths = [len(window) for window in data['inputs'][self.key]]
        found = []
        for length in sorted(set(lengths), reverse=True):
            rows = [i for i, n in enumerate(lengths) if n == length]
            samples = data.get('data_samples')
            found.append(
                dict(
                    inputs={
                        key: [value[i] for i in rows]
                        for key, value in data['inputs'].items()
                    },
                    data_samples=samples and [samples[i] for i in rows]))
        return found

    def _normalised(self, group: dict, training: bool) -> dict:
        batch = super().forward(group, training)
        image = batch['inputs'][self.key]
        if image.dtype == torch.uint8:
            image = image.to(self.mean.dtype) / 255
        batch['inputs'][self.key] = (image - self.mean) / self.std
        return batch
