# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Seconds a frame of a video: a window for every frame, or windows merged."""
from itertools import cycle

import torch

from mmarts.apis.windows import run_windows, windows_of
from mmarts.structures import BodyParams
from .subject import Subject
from .timing import Spread, spread_of

_MESHES = 64  # posed at once, as in the demo


def synthetic_track(subject: Subject, num_frames: int) -> dict:
    """Inputs of one person over ``F`` frames: ``(F, ...)``, constants plain.
    """
    inputs = subject.inputs(1, num_frames)
    return {name: value[0] for name, value in inputs.items()}


def loop_seconds(subject: Subject, track: dict, repeats: int = 20) -> Spread:
    """A frame the way of ARTS' released demo.

    One window around each frame, one window a pass; all its frames are
    lifted, posed and meshed, and all but the middle one thrown away. With
    our network, so that the way is measured and not the network.

    Args:
        subject: Made with ``vertices='all'``.
        track: See :func:`synthetic_track`.
        repeats: Frames that are timed.
    """
    length, count = subject.model.num_frames, len(track['keypoints2d'])
    offsets = torch.arange(length, device=subject.device) - length // 2
    frames = cycle(range(count))

    def next_frame():
        rows = (offsets + next(frames)).clamp(0, count - 1)
        out = subject(windows_of(track, rows[None]))
        return out['vertices'][0, length // 2]

    return spread_of(next_frame, subject.device, repeats=repeats)


def windows_seconds(subject: Subject,
                    track: dict,
                    stride: int,
                    batch_size: int = 32,
                    meshes: bool = True,
                    repeats: int = 5) -> Spread:
    """A frame the way of this package: batched windows, one mesh a frame.

    Args:
        subject: Made with ``vertices='all'``.
        track: See :func:`synthetic_track`; all of it is one call.
        stride: Frames between windows.
        batch_size: Windows a pass.
        meshes: Whether the meshes are made as well.
        repeats: Calls that are timed.
    """
    body, count = subject.model.body_model, len(track['keypoints2d'])

    def whole_track():
        rotmats, betas = run_windows(subject.model, track, stride, batch_size)
        params = BodyParams(rotmats[:, :1], rotmats[:, 1:],
                            betas.mean(0).expand(count, -1))
        for i in range(0, count if meshes else 0, _MESHES):
            body.vertices(params[i:i + _MESHES])

    spread = spread_of(whole_track, subject.device, 1, repeats)
    times = {
        name: getattr(spread, name) / count
        for name in ('median', 'low', 'q25', 'q75', 'cpu')
    }
    return Spread(**times, repeats=repeats)
