# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Forward kinematics of a joint tree, and its bone lengths."""
from functools import lru_cache
from typing import NamedTuple, Optional

import torch
from torch import Tensor


def tree_levels(parents: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Joints by depth, root first; parents always lie one level up."""
    depth = []
    for joint, parent in enumerate(parents):
        depth.append(0 if parent < 0 else depth[parent] + 1)
    return tuple(
        tuple(j for j, d in enumerate(depth) if d == level)
        for level in range(max(depth) + 1))


class _LevelOrder(NamedTuple):
    """Where joints are when they are put in order of their level."""

    by_level: Tensor  # (J,) joints, those of each level together
    sizes: list[int]  # joints of each level
    above: list[Tensor]  # of each level but the first: parents in the last
    by_joint: Tensor  # (J,) the way back
    parents: Tensor  # (J,) parent of each joint; the root is its own


@lru_cache
@torch.inference_mode(False)  # or they could not be used in training later
def _level_order(parents: tuple[int, ...],
                 device: torch.device) -> _LevelOrder:
    levels = tree_levels(parents)
    order = [j for level in levels for j in level]

    def tensor(numbers):
        return torch.tensor(numbers, device=device)

    return _LevelOrder(
        tensor(order), [len(level) for level in levels], [
            tensor([above.index(parents[j]) for j in level])
            for above, level in zip(levels, levels[1:])
        ], tensor([order.index(j) for j in range(len(parents))]),
        tensor([j if p < 0 else p for j, p in enumerate(parents)]))


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
    order = _level_order(parents, rotmats.device)

    def by_level(values, axis):
        return values.index_select(axis,
                                   order.by_level).split(order.sizes, axis)

    offset = rest_joints - rest_joints.index_select(-2, order.parents)
    offset = offset.expand(*leading, num_joints, 3)
    root = rest_joints[..., :1, :].expand(*leading, 1, 3)
    own_turns = by_level(samples_last(rotmats, 2), 2)
    own_offsets = by_level(samples_last(offset, 1), 1)
    turns, joints = [own_turns[0]], [samples_last(root, 1)]
    # One product a level (9 for SMPL) instead of one a joint.
    for above, own_turn, own_offset in zip(order.above, own_turns[1:],
                                           own_offsets[1:]):
        turn = turns[-1].index_select(2, above)
        joint = joints[-1].index_select(1, above)
        joints.append(product(turn, own_offset, joint))
        turns.append(product(turn[:, :, None], own_turn))
    turn = torch.cat(turns, 2).index_select(2, order.by_joint)
    joint = torch.cat(joints, 1).index_select(1, order.by_joint)
    return samples_first(turn, leading), samples_first(joint, leading)


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
    # Taken apart at once: the gradients are then put together at once.
    columns, rows = matrix.unbind(1), value.unbind(0)
    if added is None:
        out = columns[0] * rows[0]
    else:
        out = torch.addcmul(added, columns[0], rows[0])
    for column, row in zip(columns[1:], rows[1:]):
        out = torch.addcmul(out, column, row)
    return out


def bone_lengths(joints: Tensor, bones: list[tuple[int, int]]) -> Tensor:
    """Lengths of ``(parent, child)`` bones: ``(..., K, 3) -> (..., N)``."""
    parent, child = zip(*bones)
    difference = joints[..., list(child), :] - joints[..., list(parent), :]
    return difference.norm(dim=-1)
