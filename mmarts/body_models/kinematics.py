# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Forward kinematics of a joint tree, and its bone lengths."""
from functools import lru_cache

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
    levels = tree_levels(parents)
    order = [j for level in levels for j in level]
    place = {joint: i for i, joint in enumerate(order)}
    offsets = rest_joints - rest_joints[..., _parent_or_self(parents), :]
    turn = rotmats[..., list(levels[0]), :, :]
    rest_root = rest_joints[..., list(levels[0]), :]
    joint = rest_root.expand(*turn.shape[:-2], 3)
    # One batched product a level (9 for SMPL) instead of one a joint.
    turns, joints = [turn], [joint]
    for above, level in zip(levels, levels[1:]):
        pick = [above.index(parents[j]) for j in level]
        offset = offsets[..., list(level), :, None]
        joint = joint[..., pick, :] + (turn[..., pick, :, :] @ offset)[..., 0]
        turn = turn[..., pick, :, :] @ rotmats[..., list(level), :, :]
        turns.append(turn)
        joints.append(joint)
    back = [place[j] for j in range(len(parents))]
    return (torch.cat(turns, -3)[..., back, :, :], torch.cat(joints,
                                                             -2)[..., back, :])


def bone_lengths(joints: Tensor, bones: list[tuple[int, int]]) -> Tensor:
    """Lengths of ``(parent, child)`` bones: ``(..., K, 3) -> (..., N)``."""
    parent, child = zip(*bones)
    difference = joints[..., list(child), :] - joints[..., list(parent), :]
    return difference.norm(dim=-1)


def _parent_or_self(parents: tuple[int, ...]) -> list[int]:
    return [j if p < 0 else p for j, p in enumerate(parents)]
