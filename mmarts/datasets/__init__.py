# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Datasets: windows with targets in metres."""
from .freemotion import FreeMotion
from .mesh_dataset import MeshDataset
from .mixed_dataset import MixedDataset
from .stream_sampler import StreamSampler

__all__ = ['FreeMotion', 'MeshDataset', 'MixedDataset', 'StreamSampler']
