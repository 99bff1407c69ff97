# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""From videos to bodies, for programs and for the command line.

Importing this needs nothing but NumPy: video, network and renderer load when
they are first used.
"""
import importlib

from .tracks import MeshTrack, Track

# Name -> the module it loads from on first use.
_LAZY = {
    'BlazePose2D': 'pose2d',
    'Pose2D': 'pose2d',
    'TrackBuilder': 'tracking',
    'TrackMesher': 'track_mesher',
    'VideoError': 'video_io',
    'VideoInferencer': 'inferencer',
    'VideoReader': 'video_io',
    'VideoResult': 'inferencer',
    'VideoWriter': 'video_io',
    'load_person': 'results',
    'save_person': 'results',
}

__all__ = ['MeshTrack', 'Track', *_LAZY]


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(importlib.import_module(f'.{_LAZY[name]}', __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])
