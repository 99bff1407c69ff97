# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Stacks windows into a batch and moves it to the device."""
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
