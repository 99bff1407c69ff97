# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Metrics of a named protocol, on the windows that it counts."""
from typing import Any, Sequence

import numpy as np
import torch

from mmarts.evaluation import AccelError, JointError, VertexError
from mmarts.evaluation.mesh_metric import METRES_TO_MM
from mmarts.evaluation.motion_metric import difference_error
from mmarts.evaluation.track import Track
from mmarts.registry import METRICS


class _OfProtocol:
    """Leaves out samples whose meta ``protocols`` lacks the name.

    Args:
        protocol: Such as ``'arts-release'``. A sample without that meta key
            counts.
        **kwargs: Of the metric.
    """

    def __init__(self, protocol: str, **kwargs) -> None:
        super().__init__(**kwargs)
        self.protocol_name = protocol

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep one entry of every sample that counts."""
        mine = [
            s for s in data_samples
            if self.protocol_name in s.get('protocols', (self.protocol_name, ))
        ]
        if mine:
            super().process(data_batch, mine)

    def evaluate(self, size: int) -> dict:
        """As in :class:`MeshMetric`; the dataset's size says nothing here."""
        return super().evaluate(None)

    def describe(self) -> dict[str, Any]:
        return dict(super().describe(), protocol=self.protocol_name)


@METRICS.register_module()
class ProtocolJointError(_OfProtocol, JointError):
    """``mpjpe`` and ``pa_mpjpe`` of a named protocol."""


@METRICS.register_module()
class ProtocolVertexError(_OfProtocol, VertexError):
    """``mpvpe`` of a named protocol."""


@METRICS.register_module()
class ProtocolAccelError(_OfProtocol, AccelError):
    """Accel of a named protocol: unpadded, within cuts, with its rate."""


@METRICS.register_module()
class PaddedAccelError(_OfProtocol, AccelError):
    """Accel as the release prints it: ``accel_mm_per_frame2``.

    The error of second differences of a whole track, cuts and frame rate not
    looked at, with a zero put at both ends: ``n - 2`` errors are divided by
    ``n``, so short tracks come out better. The release prints it as mm/s^2.
    """

    def measure(self, track: Track) -> dict[str, np.ndarray]:
        pred, target, valid = (
            torch.from_numpy(track.arrays[k])
            for k in ('pred', 'target', 'valid'))
        errors = difference_error(pred.double(), target.double(), valid,
                                  self.difference).numpy()
        padded = np.zeros(len(track.frames))
        padded[1:1 + len(errors)] = errors * METRES_TO_MM
        return dict(accel_mm_per_frame2=padded)

    def describe(self) -> dict[str, Any]:
        return dict(
            super().describe(), padding='a zero at both ends of a track')
