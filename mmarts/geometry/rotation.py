# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Rotation forms that roma does not name, and the swing-twist split."""
import math

import roma
import torch
from torch import Tensor
from torch.nn import functional


def rot6d_to_rotmat(rot6d: Tensor) -> Tensor:
    """Orthonormalise the 6D representation of Zhou et al., CVPR 2019.

    Args:
        rot6d: ``(..., 6)``, the first two *columns* of the matrix, row by
            row: ``rotmat[..., :2].flatten(-2)``. SPIN weights use this
            layout; PyTorch3D stores two *rows*, called ``rot6d_rows`` here.

    Returns:
        ``(..., 3, 3)`` rotation matrices.
    """
    return roma.special_gramschmidt(rot6d.unflatten(-1, (3, 2)))


def rotmat_to_rot6d(rotmat: Tensor) -> Tensor:
    """First two columns of ``(..., 3, 3)``, row by row: ``(..., 6)``."""
    return rotmat[..., :2].flatten(-2)


def identity_rot6d(*leading: int) -> Tensor:
    """``(*leading, 6)``: the identity, ``(1, 0, 0, 1, 0, 0)``."""
    return torch.tensor([1., 0., 0., 1., 0., 0.]).expand(*leading, 6).clone()


def slerp_rotmat(rotmats: Tensor, times: Tensor, new_times: Tensor) -> Tensor:
    """Resample a rotation track in SO(3) along geodesics.

    Args:
        rotmats: ``(T, ..., 3, 3)``.
        times: ``(T,)`` seconds, strictly increasing.
        new_times: ``(N,)`` seconds; held at the ends outside ``times``.

    Returns:
        ``(N, ..., 3, 3)``.
    """
    if len(times) == 1:
        return rotmats[:1].expand(len(new_times), *rotmats.shape[1:]).clone()
    left = torch.searchsorted(times, new_times, right=True) - 1
    left = left.clamp(0, len(times) - 2)
    step = (new_times - times[left]) / (times[left + 1] - times[left])
    step = step.clamp(0, 1).to(rotmats)
    start, end = rotmats[left], rotmats[left + 1]
    turn = roma.rotmat_to_rotvec(start.mT @ end)
    step = step.reshape(-1, *[1] * (turn.dim() - 1))
    return start @ roma.rotvec_to_rotmat(step * turn)


def smooth_rotmat(rotmats: Tensor, std: float) -> Tensor:
    """Mean rotation around every frame, by a bell curve that is even in time.

    The chordal mean (Moakher, SIAM J. Matrix Anal. Appl. 24(1), 2002): the
    rotation nearest to the weighted mean of the matrices. Nothing lags, and
    an even turn keeps its speed away from the ends, where the first and last
    rotation are held.

    Args:
        rotmats: ``(T, ..., 3, 3)``, evenly spaced in time.
        std: Standard deviation of the weights, frames; 0 changes nothing.

    Returns:
        ``(T, ..., 3, 3)``.
    """
    reach = math.ceil(3 * std)
    if reach == 0 or len(rotmats) < 2:
        return rotmats
    offsets = torch.arange(-reach, reach + 1).to(rotmats)
    weights = torch.softmax(-0.5 * (offsets / std)**2, 0)
    series = rotmats.flatten(1).T[:, None]
    held = functional.pad(series, (reach, reach), mode='replicate')
    mean = functional.conv1d(held, weights[None, None])[:, 0]
    return roma.special_procrustes(mean.T.reshape(rotmats.shape))


def swing_twist(rotmat: Tensor, axis: Tensor) -> tuple[Tensor, Tensor]:
    """Split rotations into a twist about an axis, then a swing.

    ``rotmat = swing @ twist`` with ``twist`` about ``axis`` and ``swing``
    the shortest turn that takes ``axis`` to ``rotmat @ axis`` (HybrIK,
    arXiv:2011.14672).

    Args:
        rotmat: ``(..., 3, 3)``.
        axis: ``(..., 3)`` unit vectors.

    Returns:
        ``swing`` and ``twist``, ``(..., 3, 3)`` each. Undefined where the
        rotation turns the axis over (180 degrees): twist is then arbitrary
        but their product still is ``rotmat``.
    """
    swing = shortest_rotation(axis, (rotmat @ axis[..., None])[..., 0])
    return swing, swing.mT @ rotmat


def shortest_rotation(source: Tensor, target: Tensor) -> Tensor:
    """Smallest rotation taking one unit vector to another: ``(..., 3, 3)``.

    For opposite vectors, where it is not unique, the half turn about some
    axis perpendicular to ``source``.
    """
    cross = torch.linalg.cross(source, target)
    cosine = (source * target).sum(-1, keepdim=True)
    # Any vector that is surely not parallel to source serves opposites.
    helper = torch.zeros_like(source).scatter(
        -1,
        source.abs().argmin(-1, keepdim=True), 1.)
    spare = torch.linalg.cross(source, helper)
    spare = spare / spare.norm(dim=-1, keepdim=True)
    opposite = cosine < -1 + 1e-6
    quat = torch.cat([cross, 1 + cosine], dim=-1)
    half_turn = torch.cat([spare, torch.zeros_like(cosine)], dim=-1)
    quat = torch.where(opposite, half_turn, quat)
    return roma.unitquat_to_rotmat(quat / quat.norm(dim=-1, keepdim=True))


def turn_about(axis: str, angle: Tensor) -> Tensor:
    """Rotations about one coordinate axis: ``(...)`` radians.

    Args:
        axis: ``'x'``, ``'y'`` or ``'z'``.
        angle: ``(...)``.

    Returns:
        ``(..., 3, 3)``.
    """
    unit = torch.eye(3).to(angle)['xyz'.index(axis)]
    return roma.rotvec_to_rotmat(angle[..., None] * unit)
