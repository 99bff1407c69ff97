# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A network over the windows of one track, merged into one pose a frame."""
import numpy as np
import roma
import torch
from torch import Tensor

from mmarts.models.estimators.base import TEMPORAL
from mmarts.structures.windows import blend_weights, window_starts


def run_windows(model, track: dict, stride: int,
                batch_size: int) -> tuple[Tensor, Tensor]:
    """Batched overlapping windows; their rotations averaged by ``'blend'``.

    Args:
        model: In eval mode, giving out all frames of a window.
        track: A model's inputs on its device: those with a time axis
            ``(F, ...)``, the others as for one window.
        stride: Frames between the starts of windows.
        batch_size: Windows a forward pass.

    Returns:
        Rotations ``(F, J, 3, 3)``, root first, and shapes ``(N, S)`` of the
        ``N`` windows.
    """
    keypoints, length = track['keypoints2d'], model.num_frames
    starts = window_starts(len(keypoints), length, stride)
    # A track shorter than a window holds its last frame.
    rows = np.minimum(
        np.add.outer(starts, np.arange(length)),
        len(keypoints) - 1)
    rows = torch.as_tensor(rows, device=keypoints.device)
    # Joint by joint the mean rotation of the windows that hold a frame.
    total = keypoints.new_zeros(
        len(keypoints), model.body_model.num_joints, 3, 3)
    weights = blend_weights(np.arange(length) - (length - 1) / 2, length)
    weights = torch.as_tensor(weights).to(total)[:, None, None, None]
    betas = []
    for chunk in rows.split(batch_size):
        out = model(windows_of(track, chunk))
        turns = torch.cat([out['global_orient'], out['body_pose']], 2)
        total.index_add_(0, chunk.flatten(), (weights * turns).flatten(0, 1))
        betas.append(out['betas'].mean(1))
    return roma.special_procrustes(total), torch.cat(betas)


def windows_of(track: dict, rows: Tensor) -> dict:
    """Inputs of a batch of windows.

    Args:
        track: See :func:`run_windows`.
        rows: ``(B, T)`` frames of the windows.
    """
    return {
        name:
        value[rows] if name in TEMPORAL else value.expand(
            len(rows), *value.shape)
        for name, value in track.items()
    }
