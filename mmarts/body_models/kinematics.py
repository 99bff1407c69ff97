# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Forward kinematics of a joint tree, and its bone lengths."""
from functools import lru_cache
from typing import Optional

import torch
from torch import Tensor


@lru_cache
def tree_levels(parents: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Joints by depth, root first; parents always lie one level up."""
    depth = []
    for joint, parent in enumerate(parents):
        depth.append(0 if parent < 0 else depth[parent] + 1)
    return tuple(
        tuple(j for j, d in enumerate(depth) if d == level)
        for level in range(max(depth) + 1))


def forward_kinematics(rotmats: Tensor, rest_joints: Tensor,
                       parents: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Chain parent-relative rotations along the tree.

    Args:
        rotmats: ``(..., J, 3, 3)`` parent-relative, root first.
        rest_joints: ``(..., J, 3)`` metres; leading axes broadcast.
        parents: Parent of every joint, -1 for the root, parents first.

    Returns:
        World rotations ``(..., J, 3, 3)`` and joints ``(..., J, 3)``. The
        root joint stays at its rest position, as in SMPL.
    """
    leading, num_joints = rotmats.shape[:-3], len(parents)
    offset = rest_joints - rest_joints[..., _parent_or_self(parents), :]
    shape = (*leading, num_joints, 3)
    rotmat = samples_last(rotmats, 2)
    offset = samples_last(offset.expand(shape), 1)
    rest = samples_last(rest_joints.expand(shape), 1)
    levels = tree_levels(parents)
    # One product a level (9 for SMPL) instead of one a joint.
    turn, joint = rotmat[:, :, levels[0]], rest[:, levels[0]]
    turns, joints = [turn], [joint]
    for above, level in zip(levels, levels[1:]):
        pick = [above.index(parents[j]) for j in level]
        turn = turn[:, :, pick]
        joint = product(turn, offset[:, level], joint[:, pick])
        turn = product(turn[:, :, None], rotmat[:, :, level])
        turns.append(turn)
        joints.append(joint)
    order = [j for level in levels for j in level]
    back = [order.index(j) for j in range(num_joints)]
    return (samples_first(torch.cat(turns, 2)[:, :, back], leading),
            samples_first(torch.cat(joints, 1)[:, back], leading))


def samples_last(values: Tensor, num_axes: int) -> Tensor:
    """``(..., J, 3)`` to ``(3, J, N)``, or ``(..., J, 3, 3)`` likewise.

    The product of many 3 x 3 matrices is three times faster with the
    samples along the fastest axis than as batched matrix products.

    Args:
        values: Leading axes are flattened to ``N``.
        num_axes: Axes after ``J``.
    """
    flat = values.flatten(
        0, -2 - num_axes) if values.dim() > num_axes + 1 else values[None]
    axes = range(2, 2 + num_axes)
    return flat.permute(*axes, 1, 0).contiguous()


def samples_first(values: Tensor, leading: tuple[int, ...]) -> Tensor:
    """Inverse of :func:`samples_last`; a view, so the way back is free."""
    num_axes = values.dim() - 2
    flat = values.permute(-1, -2, *range(num_axes))
    return flat.unflatten(0, leading) if leading else flat[0]


def product(matrix: Tensor,
            value: Tensor,
            added: Optional[Tensor] = None) -> Tensor:
    """Matrix times matrices or vectors, samples last, plus ``added``.

    Args:
        matrix: ``(R, 3, ...)``.
        value: ``(3, ...)``.
        added: Shape of the result, or None.
    """
    if added is None:
        out = matrix[:, 0] * value[0]
    else:
        out = torch.addcmul(added, matrix[:, 0], value[0])
    for axis in (1, 2):
        out = torch.addcmul(out, matrix[:, axis], value[axis])
    return out


def bone_lengths(joints: Tensor, bones: list[tuple[int, int]]) -> Tensor:
    """Lengths of ``(parent, child)`` bones: ``(..., K, 3) -> (..., N)``."""
    parent, child = zip(*bones)
    difference = joints[..., list(child), :] - joints[..., list(parent), :]
    return difference.norm(dim=-1)


def _parent_or_self(parents: tuple[int, ...]) -> list[int]:
    return [j if p < 0 else p for j, p in enumerate(parents)]
