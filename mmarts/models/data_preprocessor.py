# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Stacks windows into a batch, moves it to the device, scales pictures."""
from typing import Sequence

import torch
from mmengine.model import BaseDataPreprocessor

from mmarts.registry import MODELS


@MODELS.register_module()
class WindowPreprocessor(BaseDataPreprocessor):
    """Lists of per-window inputs to tensors ``(B, T, ...)``.

    Pictures that come as bytes, ``image`` ``(B, T, 3, H, W)`` RGB, become
    ``(image / 255 - image_mean) / image_std``.

    Args:
        image_mean, image_std: Of the channels, in parts of white; those of
            ImageNet by default. 0.5 and 0.5 give [-1, 1] (DSD).
        kwargs: Of MMEngine's base class.
    """

    def __init__(self,
                 image_mean: Sequence[float] = (0.485, 0.456, 0.406),
                 image_std: Sequence[float] = (0.229, 0.224, 0.225),
                 **kwargs) -> None:
        super().__init__(**kwargs)
        for name, value in (('image_mean', image_mean), ('image_std',
                                                         image_std)):
            value = torch.tensor(value, dtype=torch.float32)
            # Not a weight: checkpoints of other settings stay loadable.
            self.register_buffer(
                name, value.expand(3)[:, None, None], persistent=False)

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
        batch = self.cast_data(
            dict(inputs=inputs, data_samples=data.get('data_samples')))
        image = batch['inputs'].get('image')
        if image is not None and image.dtype == torch.uint8:
            batch['inputs']['image'] = (image / 255 -
                                        self.image_mean) / self.image_std
        return batch


@MODELS.register_module()
class MixedPreprocessor(WindowPreprocessor):
    """Clips and stills of one batch become groups of equal length."""

    def forward(self, data: dict, training: bool = False) -> dict:
        """Collated windows to a batch.

        Args:
            data: ``inputs``, a dict of lists of tensors, one of them
                ``image`` ``(T, 3, H, W)``, and ``data_samples``.
            training: Not used.

        Returns:
            ``inputs`` and ``data_samples``; lists, one entry a length, the
            longest first, where the windows have several lengths.
        """
        groups = [
            super(MixedPreprocessor, self).forward(group)
            for group in _groups(data)
        ]
        if len(groups) == 1:
            return groups[0]
        return {
            key: [group[key] for group in groups]
            for key in ('inputs', 'data_samples')
        }


def _groups(data: dict) -> list[dict]:
    """Windows of equal length together, the longest first."""
    lengths = [len(window) for window in data['inputs']['image']]
    samples, found = data.get('data_samples'), []
    for length in sorted(set(lengths), reverse=True):
        rows = [i for i, n in enumerate(lengths) if n == length]
        inputs = {
            key: [value[i] for i in rows]
            for key, value in data['inputs'].items()
        }
        found.append(
            dict(
                inputs=inputs,
                data_samples=samples and [samples[i] for i in rows]))
    return found
