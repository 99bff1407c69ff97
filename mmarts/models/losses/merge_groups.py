# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Losses of a batch of clips and pictures together."""
from typing import Mapping

import torch
from torch import Tensor

# Name -> (pred, target, valid) of what has the same number of frames.
Group = Mapping[str, tuple[Tensor, Tensor, Tensor]]


def pooled(losses: Mapping, groups: list[Group]) -> dict[str, Tensor]:
    """Each loss over all frames, whatever they are of.

    Args:
        losses: Name -> loss.
        groups: Of equal names; arrays ``(B, T, ...)``, ``T`` differs between
            groups.

    Returns:
        Name -> scalar.
    """
    return {
        name:
        loss(*map(torch.cat, zip(*(_frames(group[name]) for group in groups))))
        for name, loss in losses.items()
    }


def weighted_by_frames(losses: Mapping,
                       groups: list[Group]) -> dict[str, Tensor]:
    """Each group's loss, weighted by its frames: INT's release.

    Of clips only those with some 3D joint count in any loss but that of 2D;
    of pictures all count. Arguments as in :func:`pooled`.
    """
    frames = [next(iter(group.values()))[2].shape[:2] for group in groups]
    total = sum(batch * length for batch, length in frames)
    return {
        name:
        sum(batch * length / total * loss(*_counted(group, name))
            for group, (batch, length) in zip(groups, frames))
        for name, loss in losses.items()
    }


def _frames(term: tuple) -> list[Tensor]:
    return [x.flatten(0, 1) for x in term]


def _counted(group: Group, name: str) -> list[Tensor]:
    if name == 'keypoints2d' or 'joint' not in group:
        return list(group[name])
    valid = group['joint'][2]
    if valid.shape[1] == 1:
        return list(group[name])
    with_joints = valid.flatten(1).any(1)
    return [x[with_joints] for x in group[name]]


MERGE_RULES = {
    'pooled': pooled,
    'weighted-by-frames': weighted_by_frames,
}
