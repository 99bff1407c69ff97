# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Which triangle each pixel shows, in plain NumPy with a depth buffer."""
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from .renderer import NEAR

_FAR_OUT = 20000  # pixels; a triangle that reaches beyond is not drawn
# Part of a triangle's area that a pixel's centre may lie outside of it, so
# that rounding leaves no holes along shared edges.
_SLACK = 1e-6


@dataclass
class Coverage:
    """The ``N`` pixels that a mesh covers.

    Args:
        index: ``(N,)`` places in the flat picture, row by row, each once.
        corners: ``(N, 3)`` vertices of the triangle that is seen there.
        weights: ``(N, 3)`` of these vertices, with perspective; they sum
            up to 1.
        depth: ``(N,)`` metres.
    """

    index: np.ndarray
    corners: np.ndarray
    weights: np.ndarray
    depth: np.ndarray

    def interpolate(self, values: np.ndarray) -> np.ndarray:
        """What vertices have, at the pixels: ``(V, C)`` -> ``(N, C)``."""
        count = len(self.index)
        mixing = csr_matrix((self.weights.ravel(), self.corners.ravel(),
                             np.arange(0, 3 * count + 1, 3)),
                            (count, len(values)))
        return mixing @ values


def rasterize(vertices: np.ndarray,
              faces: np.ndarray,
              K: np.ndarray,
              size: tuple[int, int],
              front: int = 0) -> Coverage:
    """Project triangles and keep, for each pixel, the nearest.

    The work is one array of candidate pixels: those of every triangle's
    box. It suits a body, whose thousands of triangles are a few pixels
    large.

    Args:
        vertices: ``(V, 3)`` metres, camera frame.
        faces: ``(F, 3)`` int.
        K: ``(3, 3)`` intrinsics, pixels; pixel ``(i, j)`` covers
            ``[j, j + 1] x [i, i + 1]``.
        size: ``(width, height)``, pixels.
        front: 1 to leave out triangles that are anticlockwise on the screen,
            -1 for those that are clockwise, 0 for neither.
    """
    vertices = np.asarray(vertices, np.float32)
    with np.errstate(divide='ignore', invalid='ignore'):
        inverse = 1 / vertices[:, 2]
        pixels = (vertices[:, :2] * inverse[:, None] * K[[0, 1], [0, 1]] +
                  K[:2, 2]).astype(np.float32)
    faces = faces[_drawn(vertices, pixels, faces, front)]
    x, y = (np.ascontiguousarray(pixels[faces, axis].T) for axis in (0, 1))
    owner, column, row = _candidates(x, y, size)
    inside, *weights = _barycentric(x, y, owner, column, row)
    owner = owner[inside]
    index = row[inside] * size[0] + column[inside]
    # Inverse depth is linear on the screen, depth is not.
    weights = [
        weight[inside] * inverse[corner][owner]
        for weight, corner in zip(weights, faces.T)
    ]
    nearness = weights[0] + weights[1] + weights[2]
    best = np.zeros(size[0] * size[1], np.float32)
    np.maximum.at(best, index, nearness)
    seen = np.flatnonzero(nearness == best[index])
    # Of equally near ones, the last.
    last = np.empty(len(best), np.int32)
    last[index[seen]] = seen
    index = np.flatnonzero(best)
    seen = last[index]
    nearness = nearness[seen]
    return Coverage(
        index, faces[owner[seen]],
        np.stack([weight[seen] / nearness for weight in weights], 1),
        1 / nearness)


def _drawn(vertices: np.ndarray, pixels: np.ndarray, faces: np.ndarray,
           front: int) -> np.ndarray:
    """``(F,)`` triangles before the camera, near it and on the right side."""
    with np.errstate(invalid='ignore'):
        fine = (vertices[:, 2] > NEAR) & (np.abs(pixels) < _FAR_OUT).all(1)
    first, second, third = faces.T
    drawn = fine[first] & fine[second] & fine[third]
    if front:
        x, y = np.ascontiguousarray(pixels.T)
        with np.errstate(invalid='ignore', over='ignore'):
            turn = (x[second] - x[first]) * (y[third] - y[first]) - (
                y[second] - y[first]) * (
                    x[third] - x[first])
            drawn &= turn * front > 0
    return drawn


def _candidates(x: np.ndarray, y: np.ndarray, size: tuple[int, int]) -> tuple:
    """Pixels whose centre lies in the box of a triangle.

    Args:
        x, y: ``(3, F)`` corners.
        size: ``(width, height)``.

    Returns:
        Triangle, column and row of each candidate, ``(M,)``.
    """
    spans = []
    for corners, length in zip((x, y), size):
        first, second, third = corners
        low = np.minimum(np.minimum(first, second), third)
        high = np.maximum(np.maximum(first, second), third)
        low = np.ceil(low - 0.5).clip(0, length)
        high = np.floor(high - 0.5).clip(-1, length - 1)
        spans.append(
            (low.astype(np.int32), (high - low + 1).clip(0).astype(np.int32)))
    (left, width), (top, height) = spans
    count = width * height
    owner = np.repeat(np.arange(len(count), dtype=np.int32), count)
    number = np.arange(
        len(owner), dtype=np.int32) - np.repeat(
            (np.cumsum(count) - count).astype(np.int32), count)
    row, column = np.divmod(number, width[owner])
    return owner, column + left[owner], row + top[owner]


def _barycentric(x: np.ndarray, y: np.ndarray, owner: np.ndarray,
                 column: np.ndarray, row: np.ndarray) -> tuple:
    """Candidates ``(N,)`` inside their triangle; weights ``(M,)`` of corners.
    """
    ux, uy = x[1] - x[0], y[1] - y[0]
    vx, vy = x[2] - x[0], y[2] - y[0]
    area = ux * vy - uy * vx
    # Nothing is inside a triangle without an area.
    scale = 1 / np.where(area == 0, np.float32(np.nan), area)
    px = column.astype(np.float32) - (x[0] - np.float32(0.5))[owner]
    py = row.astype(np.float32) - (y[0] - np.float32(0.5))[owner]
    # Along both edges from the first corner.
    second = px * (vy * scale)[owner] - py * (vx * scale)[owner]
    third = py * (ux * scale)[owner] - px * (uy * scale)[owner]
    first = 1 - second - third
    least = np.minimum(np.minimum(first, second), third)
    return np.flatnonzero(least >= -_SLACK), first, second, third
