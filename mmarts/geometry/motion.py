# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Finite differences along time, without padding."""
from torch import Tensor


def velocity(points: Tensor) -> Tensor:
    """First difference ``x[t+1] - x[t]``.

    Args:
        points: ``(T, ...)`` at equal steps of time, such as ``(T, K, 3)``.

    Returns:
        ``(T-1, ...)``, unit of ``points`` per step; empty for ``T < 2``.
    """
    return points[1:] - points[:-1]


def acceleration(points: Tensor) -> Tensor:
    """Second difference ``x[t-1] - 2 x[t] + x[t+1]``.

    Args:
        points: ``(T, ...)`` at equal steps of time, such as ``(T, K, 3)``.

    Returns:
        ``(T-2, ...)`` for the inner frames, unit of ``points`` per step
        squared; empty for ``T < 3``.
    """
    return velocity(velocity(points))
