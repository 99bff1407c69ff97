# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Root centring and Procrustes alignment of poses."""
from typing import Optional, Sequence, Union

import torch
from torch import Tensor

# Points whose spread is below this part of their own size count as one
# point: what is left is the rounding of their mean in float64.
SAME_POINT = 1e-12


def root_centre(points: Tensor, root_index: Union[int,
                                                  Sequence[int]]) -> Tensor:
    """Move the root of every pose to the origin.

    Args:
        points: ``(..., K, 3)``.
        root_index: Index of the root along ``K``, or several whose midpoint
            is the root (the hips of a set without a pelvis).

    Returns:
        ``(..., K, 3)``, in the unit of ``points``.
    """
    index = [root_index] if isinstance(root_index, int) else list(root_index)
    return points - points[..., index, :].mean(-2, keepdim=True)


def procrustes_align(source: Tensor,
                     target: Tensor,
                     weights: Optional[Tensor] = None,
                     scale: bool = True,
                     mirror: bool = False) -> Tensor:
    """Best similarity transform of every pose onto its target.

    Minimises ``sum_k w_k |s R x_k + t - y_k|^2`` over rotations ``R``
    (determinant +1: a mirrored pose keeps its error), ``t`` and ``s >= 0``
    (Umeyama, IEEE TPAMI 13(4), 1991). Computed in float64.

    Where the minimiser is not unique, one of them is taken: collinear points
    leave the turn about their line free, which moves no point of the line.
    Source points that all coincide go to the target's centroid; target
    points that all coincide give ``s = 0``. A pose without any weight is
    returned as it is.

    Args:
        source: ``(..., K, 3)`` poses to move.
        target: ``(..., K, 3)``, same unit.
        weights: ``(..., K)`` bool mask, or weights that are not negative;
            None for all alike. Points of weight 0 are moved with the others
            but have no say, and their target may be NaN.
        scale: Whether ``s`` is free; otherwise it is 1.
        mirror: Whether ``R`` may be a reflection, if that is nearer.

    Returns:
        ``(..., K, 3)`` moved source, in its own dtype; NaN where a point
        with weight is not finite.
    """
    # Passes over all points are few: they, not the SVD, cost the time.
    weights = _normalised(weights, source)
    source64 = source.double()
    x, x_mean = _centred(source64, weights)
    y, y_mean = _centred(target.double(), weights)
    weighted = weights * x
    covariance = y.mT @ weighted
    # One NaN would make the decomposition of the whole batch fail.
    finite = covariance.isfinite().all(-1).all(-1)[..., None, None]
    rotmat, singular_values = _nearest_rotation(
        torch.where(finite, covariance, 0.), mirror)
    linear = rotmat
    if scale:
        variance = (weighted * x).sum((-2, -1))
        size = (x_mean.square().sum((-2, -1)) + variance).sqrt()
        spread = variance > (SAME_POINT * size).square()
        factor = singular_values.sum(-1) / torch.where(spread, variance, 1.)
        factor = torch.where(spread, factor.clamp(min=0), 1.)
        linear = factor[..., None, None] * rotmat
    seen = (weights > 0).any(-2, keepdim=True)
    linear = torch.where(seen, linear, torch.eye(3).to(linear))
    linear = torch.where(finite, linear, torch.nan)
    shift = torch.where(seen, y_mean - x_mean @ linear.mT, 0.)
    return (source64 @ linear.mT + shift).to(source)


def _nearest_rotation(matrix: Tensor, mirror: bool) -> tuple[Tensor, Tensor]:
    """``(..., 3, 3)`` rotation ``R`` of largest ``tr(R^T matrix)``, and the
    singular values ``(..., 3)``, the last negative where ``matrix`` mirrors.

    With ``mirror`` the best orthogonal matrix instead. That is
    ``roma.procrustes``; roma loads torch's compiler, which takes longer than
    all of a test set's alignments.
    """
    left, singular_values, right = torch.linalg.svd(matrix)
    if mirror:
        return left @ right, singular_values
    mirrors = torch.det(left) * torch.det(right) < 0
    sign = torch.ones_like(singular_values)
    sign[..., -1] = torch.where(mirrors, -1., 1.).to(sign)
    return left * sign[..., None, :] @ right, singular_values * sign


def _normalised(weights: Optional[Tensor], points: Tensor) -> Tensor:
    """Weights ``(..., K, 1)`` float64 of sum 1, or 0 where there are none."""
    if weights is None:
        weights = points.new_ones(points.shape[-2])
    weights = weights.double()[..., None]
    total = weights.sum(-2, keepdim=True)
    return weights / torch.where(total > 0, total, 1.)


def _centred(points: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Points around their weighted mean, finite where unused; the mean."""
    if weights.dim() == points.dim():
        points = torch.where(weights > 0, points, 0.)
    mean = weights.mT @ points
    return points - mean, mean
