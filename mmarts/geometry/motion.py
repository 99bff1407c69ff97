# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Differences and means along time, without padding."""
import math

import torch
from torch import Tensor
from torch.nn import functional


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


def smooth_points(points: Tensor, std: float) -> Tensor:
    """Points on the lines that fit their neighbourhoods, by a bell curve.

    Local linear regression (Cleveland, J. Am. Stat. Assoc. 74, 1979) with
    Gaussian weights: away from the ends the weighted mean. Nothing lags, and
    even motion stays what it is up to both ends.

    Args:
        points: ``(T, ...)`` at equal steps of time.
        std: Standard deviation of the weights, frames; 0 changes nothing.

    Returns:
        ``(T, ...)``.
    """
    reach = math.ceil(3 * std)
    if reach == 0 or len(points) < 2:
        return points
    offsets = torch.arange(-reach, reach + 1, dtype=torch.float64)
    weights = torch.exp(-0.5 * (offsets / std)**2)
    # Sums over the neighbours of a frame, of powers of their distance.
    series = points.flatten(1).T.double()[:, None]
    there = torch.ones_like(series[:1])
    kernels = [(weights * offsets**power)[None, None].to(series.device)
               for power in range(3)]
    sums, first, second = (
        functional.conv1d(there, k, padding=reach) for k in kernels)
    values, moments = (
        functional.conv1d(series, k, padding=reach) for k in kernels[:2])
    fitted = (second * values - first * moments) / (
        sums * second - first.square())
    return fitted[:, 0].T.reshape(points.shape).to(points)
