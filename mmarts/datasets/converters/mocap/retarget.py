# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Motion of another skeleton as rotations of SMPL's 24 joints.

A segment of SMPL in the pose of the source has the world rotation
``turn * bind``: ``bind`` brings SMPL's T-pose to the rest pose of the source,
``turn`` is what the source does from there.
"""
import numpy as np
import torch
from scipy.spatial.transform import Rotation

from mmarts.geometry.rotation import shortest_rotation
from mmarts.structures import get_joint_set
from .base import SourceMotion
from .repair import repair_extremities, twist_angle

SMPL = get_joint_set('smpl24')
PARENT = {child: parent for parent, child in SMPL.bones}
SIDES = ('left', 'right')
# Segments whose direction is that of the source, whatever the rest poses.
LIMBS = tuple((f'{side}_{start}', f'{side}_{end}') for side in SIDES
              for start, end in (('shoulder', 'elbow'), ('elbow', 'wrist'),
                                 ('hip', 'knee'), ('knee', 'ankle')))
DOWN = np.array([0., -1., 0.])


def retarget(source: SourceMotion,
             rest: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """One clip as SMPL rotations, frame by frame.

    Args:
        source: ``F`` frames.
        rest: SMPL's joints in its T-pose, ``(3,)`` metres each.

    Returns:
        Parent-relative rotation vectors ``(F, 24, 3)``, and positions of
        the root joint ``(F, 3)`` in metres, scaled by the length of the
        legs; no floor is sought yet.
    """
    turns = segment_turns(source, bind_rotations(source, rest))
    local = {
        name:
        turns[PARENT[name]].inv() *
        turns[name] if name in PARENT else turns[name]
        for name in SMPL.joints
    }
    if not source.own_smpl:
        repair_extremities(local, source, rest)
        for side in SIDES:
            share_forearm_twist(local, side, rest)
    return (np.stack([local[n].as_rotvec() for n in SMPL.joints],
                     1), root_path(source, turns['pelvis'], rest))


def bind_rotations(source: SourceMotion,
                   rest: dict[str, np.ndarray]) -> dict[str, Rotation]:
    """Rotations of SMPL's rest segments to those of the source.

    Limbs are turned by the smallest angle that makes the directions agree;
    hands go with their forearm; ankles keep the sole flat in both rest poses
    and turn to the heading of the source's foot; the rest is upright in both
    and stays. ``source.bind`` goes before all of this.
    """
    bind = {name: Rotation.identity() for name in SMPL.joints}
    for start, end in LIMBS:
        bind[start] = smallest_turn(
            rest[end] - rest[start],
            source.rest_joints[end] - source.rest_joints[start])
    for side in SIDES:
        bind[f'{side}_wrist'] = bind[f'{side}_hand'] = bind[f'{side}_elbow']
        ankle, foot = f'{side}_ankle', f'{side}_foot'
        flat = source.bind.get(ankle, Rotation.identity())
        if foot in source.rest_joints:
            toe = flat.inv().apply(source.rest_joints[foot] -
                                   source.rest_joints[ankle])
            flat = flat * _heading_turn(rest[foot] - rest[ankle], toe)
        bind[ankle] = bind[foot] = flat
    return bind


def segment_turns(source: SourceMotion,
                  bind: dict[str, Rotation]) -> dict[str, Rotation]:
    """``F`` world rotations of every SMPL segment.

    A joint without data is carried by its parent; the difference between
    the two bindings does not turn it.
    """
    driver = {}
    for name in SMPL.joints:
        driver[name] = name if name in source.turns else driver[PARENT[name]]
    turns = {}
    for name in SMPL.joints:
        bound = bind[name] if name in source.turns else bind[driver[name]]
        turns[name] = source.turns[driver[name]] * bound
    return turns


def share_forearm_twist(local: dict[str, Rotation], side: str,
                        rest: dict[str, np.ndarray]) -> None:
    """Let the elbow carry half of the twist of the hand, in place.

    Radius and ulna turn about each other along the whole forearm. A mesh
    that twists at the wrist alone is wrung like a sweet's paper.
    """
    elbow, wrist = f'{side}_elbow', f'{side}_wrist'
    axis = unit(rest[wrist] - rest[elbow])
    # Unwrapped, so that half the angle never jumps by half a turn.
    angle = np.unwrap(twist_angle(local[wrist], axis))
    angle -= 2 * np.pi * np.round(np.median(angle) / (2 * np.pi))
    half = Rotation.from_rotvec(angle[:, None] / 2 * axis)
    local[elbow] = local[elbow] * half
    local[wrist] = half.inv() * local[wrist]


def root_path(source: SourceMotion, pelvis: Rotation,
              rest: dict[str, np.ndarray]) -> np.ndarray:
    """Positions of the root joint ``(F, 3)``, metres.

    The middle of the hips goes where the source's goes, scaled by the
    ratio of leg lengths, so that steps and legs fit each other.
    """
    hips = (source.joints['left_hip'] + source.joints['right_hip']) / 2
    to_hips = (rest['left_hip'] + rest['right_hip']) / 2 - rest['pelvis']
    scale = leg_length(rest) / leg_length(source.rest_joints)
    return scale * hips - pelvis.apply(to_hips)


def leg_length(joints: dict[str, np.ndarray]) -> float:
    """Thigh and shank, mean of both sides, metres."""
    return float(
        np.mean([
            np.linalg.norm(joints[f'{s}_hip'] - joints[f'{s}_knee']) +
            np.linalg.norm(joints[f'{s}_knee'] - joints[f'{s}_ankle'])
            for s in SIDES
        ]))


def smallest_turn(source: np.ndarray, target: np.ndarray) -> Rotation:
    """Smallest rotation of one direction to another, ``(3,)`` each."""
    source, target = (torch.as_tensor(unit(v)) for v in (source, target))
    return Rotation.from_matrix(shortest_rotation(source, target).numpy())


def _heading_turn(source: np.ndarray, target: np.ndarray) -> Rotation:
    """Rotation about y that gives one direction the heading of another."""
    angle = (
        np.arctan2(target[0], target[2]) - np.arctan2(source[0], source[2]))
    return Rotation.from_rotvec([0., angle, 0.])


def unit(vector: np.ndarray) -> np.ndarray:
    """Vectors ``(..., 3)`` at length 1."""
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)
