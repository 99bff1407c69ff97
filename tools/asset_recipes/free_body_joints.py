# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Skeleton of the free body: joints, skin weights and sparse regressors."""
import re

import numpy as np

JOINTS = ('pelvis', 'left_hip', 'right_hip', 'spine1', 'left_knee',
          'right_knee', 'spine2', 'left_ankle', 'right_ankle', 'spine3',
          'left_foot', 'right_foot', 'neck', 'left_collar', 'right_collar',
          'head', 'left_shoulder', 'right_shoulder', 'left_elbow',
          'right_elbow', 'left_wrist', 'right_wrist', 'left_hand',
          'right_hand')
PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17,
           18, 19, 20, 21)
# Anny's bones whose heads a joint is the mean of.
JOINT_BONES = {
    'pelvis': ('root', 'spine04'),
    'hip': ('upperleg01', ),
    'spine1': ('spine03', ),
    'knee': ('lowerleg01', ),
    'spine2': ('spine02', ),
    'ankle': ('foot', ),
    'spine3': ('spine01', ),
    'foot': tuple(f'toe{k}-1' for k in range(1, 6)),
    'neck': ('neck01', ),
    'collar': ('clavicle', 'shoulder01'),
    'head': ('head', ),
    'shoulder': ('upperarm01', ),
    'elbow': ('lowerarm01', ),
    'wrist': ('wrist', ),
    'hand': tuple(f'finger{k}-1' for k in range(2, 6)),
}
# Anny's hips are far apart and its pelvis lies far back; both come closer to
# the proportions of a human skeleton in this way.
HIP_NARROWING = .75
PELVIS_FORWARD = .02  # metres
# First pattern that matches gives the joint a bone's skin follows.
BONE_JOINTS = ((r'root|pelvis|spine05|spine04',
                'pelvis'), (r'spine03', 'spine1'), (r'spine02', 'spine2'),
               (r'spine01', 'spine3'), (r'neck', 'neck'),
               (r'head|eye', 'head'), (r'clavicle|shoulder01', 'collar'),
               (r'upperarm', 'shoulder'), (r'lowerarm', 'elbow'),
               (r'wrist|metacarpal|finger1-1',
                'wrist'), (r'finger', 'hand'), (r'upperleg', 'hip'),
               (r'lowerleg', 'knee'), (r'foot', 'ankle'), (r'toe', 'foot'))
MAX_INFLUENCES = 4
MIDDLE_JOINTS = ('pelvis', 'spine1', 'spine2', 'spine3', 'neck', 'head')
# A joint is regressed from a surface that surrounds it, metres.
TRUNK_RADIUS, LIMB_RADIUS = .24, .16


def swap_sides(names) -> np.ndarray:
    """Index of each name's mirror image; the sides are name prefixes."""
    names = [str(name) for name in names]
    other = {'left': 'right', 'right': 'left', 'L': 'R', 'R': 'L'}
    swapped = []
    for name in names:
        side, _, rest = name.partition('_')
        swapped.append(
            names.index(f'{other[side]}_{rest}' if side in other else name))
    return np.array(swapped, np.int64)


def joint_of_bone(bone: str) -> int:
    """Joint of SMPL's 24 that carries the skin of one of Anny's bones."""
    base, _, side = bone.partition('.')
    name = next(j for pattern, j in BONE_JOINTS if re.match(pattern, base))
    if name not in MIDDLE_JOINTS:
        name = ('left_' if side == 'L' else 'right_') + name
    return JOINTS.index(name)


def joints_of_bones(heads: np.ndarray, bones: list) -> np.ndarray:
    """Joint targets ``(B, 24, 3)`` from ``(B, bones, 3)`` T-posed heads."""
    joints = np.empty((len(heads), len(JOINTS), 3))
    for i, name in enumerate(JOINTS):
        side, _, base = name.rpartition('_')
        suffix = {'left': '.L', 'right': '.R', '': ''}[side]
        index = [
            bones.index(bone + ('' if bone in bones else suffix))
            for bone in JOINT_BONES[base]
        ]
        joints[:, i] = heads[:, index].mean(1)
    joints[:, 1:3, 0] *= HIP_NARROWING
    joints[:, 0, 2] += PELVIS_FORWARD
    mirrored = joints[:, swap_sides(JOINTS)] * [-1, 1, 1]
    return (joints + mirrored) / 2


def joint_weights(bone_weights: np.ndarray, bones: list,
                  flip: np.ndarray) -> np.ndarray:
    """Skin weights ``(V, 24)``: symmetric, at most four a vertex, sum 1."""
    weights = np.zeros((len(bone_weights), len(JOINTS)))
    for i, bone in enumerate(bones):
        weights[:, joint_of_bone(bone)] += bone_weights[:, i]
    weights = (weights + weights[flip][:, swap_sides(JOINTS)]) / 2
    order = np.argsort(-weights, axis=1, kind='stable')
    # A tie at the limit may be cut differently on the two sides, so the
    # left half decides for both.
    keep = np.zeros_like(weights, bool)
    np.put_along_axis(keep, order[:, :MAX_INFLUENCES], True, axis=1)
    right = weights[:, [i for i, n in enumerate(JOINTS) if n[:2] == 'ri']]
    left = weights[:, [i for i, n in enumerate(JOINTS) if n[:2] == 'le']]
    is_right = right.sum(1) > left.sum(1)
    keep[is_right] = keep[flip][is_right][:, swap_sides(JOINTS)]
    middle = flip == np.arange(len(flip))
    keep[middle] &= keep[middle][:, swap_sides(JOINTS)]
    weights = np.where(keep & (weights > 1e-4), weights, 0)
    return weights / weights.sum(1, keepdims=True)


def fit_row(vertices: np.ndarray, target: np.ndarray, candidates: np.ndarray,
            flip: np.ndarray, middle: bool) -> np.ndarray:
    """Non-negative weights of sum 1 that carry vertices to a point.

    Args:
        vertices: ``(B, V, 3)`` bodies.
        target: ``(B, 3)`` the point on each.
        candidates: Vertex numbers that may take part; of both sides for a
            middle point.
        flip: ``(V,)`` mirror partners.
        middle: Whether the row has to be its own mirror image.

    Returns:
        ``(V,)`` weights, mostly zero.
    """
    from scipy.optimize import nnls
    offset = vertices[:, candidates] - target[:, None]
    if middle:
        offset = (offset + vertices[:, flip[candidates]] - target[:, None]) / 2
    system = offset.transpose(0, 2, 1).reshape(-1, len(candidates))
    # min |A w| with sum(w) = 1: the sum is one more equation, far heavier.
    heavy = 100 * np.sqrt((system**2).sum(0).max())
    system = np.vstack([system, np.full((1, len(candidates)), heavy)])
    right = np.zeros(len(system))
    right[-1] = heavy
    # NNLS depends on A only through its triangular factor.
    factor, small = np.linalg.qr(system), right
    weights, _ = nnls(factor.R, factor.Q.T @ small, maxiter=20000)
    row = np.zeros(vertices.shape[1])
    weights[weights < 1e-4] = 0
    np.add.at(row, candidates, weights)
    if middle:
        row = (row + row[flip]) / 2
    return row / row.sum()


def fit_joint_regressor(vertices: np.ndarray, joints: np.ndarray,
                        flip: np.ndarray) -> np.ndarray:
    """Sparse ``(24, V)`` regressor; right rows mirror the left ones."""
    regressor = np.zeros((len(JOINTS), vertices.shape[1]))
    mean = vertices.mean(0)
    for i, name in enumerate(JOINTS):
        if name.startswith('right'):
            continue
        limb = name in ('left_knee', 'left_ankle', 'left_foot', 'left_elbow',
                        'left_wrist', 'left_hand')
        distance = np.linalg.norm(mean - joints[:, i].mean(0), axis=1)
        near = distance < (LIMB_RADIUS if limb else TRUNK_RADIUS)
        middle = name in MIDDLE_JOINTS
        # One vertex of each pair is enough for a row that is symmetric.
        near &= (mean[:, 0] > -1e-9) if middle else (mean[:, 0] > -.1)
        regressor[i] = fit_row(vertices, joints[:, i], np.flatnonzero(near),
                               flip, middle)
    right = [i for i, n in enumerate(JOINTS) if n.startswith('right')]
    regressor[right] = regressor[swap_sides(JOINTS)[right]][:, flip]
    return regressor
