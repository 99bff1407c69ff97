# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Coarser meshes and the weights that lead back (arXiv:1807.10267).

Faces go by quadric decimation. What is left is put onto vertices that were
there, so that a coarse mesh is a subset of the fine one.
"""
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from mmarts.compat.optional import import_optional

# How eagerly faces go; the first of these that gives a whole surface of the
# wanted size is taken.
_EAGERNESS = (3., 2., 1., 5., 7.)
# An open mesh of V vertices and b on its rim has 2 V - b - 2 faces, and it
# is not known before how long the rim will be.
_MAX_RIM = 60
# Weight of the size of a combination's coefficients against the error of the
# point that it makes, both relative to the distances there. Small: a flat
# neighbourhood must not answer a bump by huge coefficients of both signs.
_RIDGE = 1e-3


def mesh_edges(faces: np.ndarray) -> np.ndarray:
    """Undirected edges ``(E, 2)`` of ``(F, 3)`` faces, each once."""
    pairs = np.concatenate(
        [faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    return np.unique(np.sort(pairs, 1), axis=0)


def decimate(points: np.ndarray, faces: np.ndarray,
             count: int) -> tuple[np.ndarray, np.ndarray]:
    """A coarser mesh on some of the vertices.

    Args:
        points: ``(V, 3)``.
        faces: ``(F, 3)`` of a surface whose edges have one or two faces.
        count: Vertices to keep.

    Returns:
        Indices ``(count,)`` of the kept vertices, rising, and faces ``(F',
        3)`` that count in them.

    Raises:
        ImportError: Without the package fast-simplification.
        ValueError: If the mesh is no surface, or does not get that coarse.
    """
    simplify = import_optional('fast_simplification',
                               'pip install fast-simplification').simplify
    if not len(faces) or _faces_per_edge(faces).max() > 2 or (count
                                                              >= len(points)):
        raise ValueError(
            f'A mesh of {len(points)} vertices and {len(faces)} faces cannot '
            f'be decimated to {count} vertices: expected a finer one whose '
            'edges have one or two faces each.')
    closed = _faces_per_edge(faces).min() == 2
    for rim in range(2, 3 if closed else _MAX_RIM):
        for eagerness in _EAGERNESS:
            left, coarse = simplify(
                np.ascontiguousarray(points, np.float32),
                np.ascontiguousarray(faces, np.int32),
                target_count=2 * count - rim - 2,
                agg=eagerness)
            per_edge = _faces_per_edge(coarse)
            if len(left) == count and per_edge.max() <= 2 and (
                    per_edge.min() == 2 or not closed):
                return _snapped(points, left, coarse)
    raise ValueError(f'Quadric decimation made no whole surface of {count} '
                     f'vertices of this one of {len(points)}; another number '
                     'may be possible.')


def _faces_per_edge(faces: np.ndarray) -> np.ndarray:
    pairs = np.concatenate(
        [faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    return np.unique(np.sort(pairs, 1), axis=0, return_counts=True)[1]


def _snapped(points: np.ndarray, left: np.ndarray,
             faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give every point that is left its nearest vertex, nearest pair first."""
    near = min(16, len(points))
    distance, index = cKDTree(points).query(left, near)
    order = np.argsort(distance, axis=None, kind='stable')
    kept = np.full(len(left), -1)
    taken = np.zeros(len(points), bool)
    for place in order:
        row, vertex = place // near, index.flat[place]
        if kept[row] < 0 and not taken[vertex]:
            kept[row], taken[vertex] = vertex, True
    if (kept < 0).any():
        raise ValueError('A decimated mesh lies too far from its vertices.')
    rank = np.argsort(np.argsort(kept))
    return np.sort(kept), rank[faces]


def upsampling_rows(points: np.ndarray,
                    faces: np.ndarray,
                    kept: np.ndarray,
                    entries: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Fine vertices as combinations of the kept ones near by.

    The coefficients ``w`` of a vertex ``v`` sum to 1, so that a constant
    stays what it is and moving the coarse mesh moves the fine one. Under
    that constraint ``sum_s |sum_i w_i k_si - v_s|^2 + r sum_i (d_i w_i)^2``
    is least over the shapes ``s``, with ``d_i`` the way along the surface to
    the kept vertex ``k_i``: these shapes come back nearly exactly, by
    coefficients that are small and local. A kept vertex is itself.

    Args:
        points: ``(S, V, 3)`` the mesh in ``S`` shapes or poses; ways are
            measured on the first.
        faces: ``(F, 3)``, of one connected surface.
        kept: ``(V',)``.
        entries: Kept vertices that a row uses: the nearest ones.

    Returns:
        Indices into ``kept`` and weights, both ``(V, entries)``.
    """
    index, way = _nearest_kept(points[0], faces, kept, entries)
    # (V, entries, 3 S): the shapes stand side by side.
    wide = points.transpose(1, 2, 0).reshape(points.shape[1], -1)
    offset = wide[kept][index] - wide[:, None]
    scale = (way**2).mean(1)[:, None, None].clip(1e-12)
    system = np.ones((len(wide), entries + 1, entries + 1))
    system[:, :-1, :-1] = offset @ offset.swapaxes(1, 2) / scale / len(points)
    diagonal = np.arange(entries)
    system[:, diagonal, diagonal] += _RIDGE * way**2 / scale[..., 0] + 1e-9
    system[:, -1, -1] = 0
    right = np.zeros((len(wide), entries + 1, 1))
    right[:, -1] = 1
    weight = np.linalg.solve(system, right)[:, :-1, 0]
    weight[kept] = index[kept] == np.arange(len(kept))[:, None]
    return index, weight / weight.sum(1, keepdims=True)


def _nearest_kept(points: np.ndarray, faces: np.ndarray, kept: np.ndarray,
                  entries: int) -> tuple[np.ndarray, np.ndarray]:
    """Kept vertices that are nearest along the edges, and how far."""
    edges = mesh_edges(faces)
    length = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
    graph = coo_array((length, edges.T), (len(points), ) * 2).tocsr()
    way = dijkstra(graph, directed=False, indices=kept).T
    index = np.argsort(way, 1, kind='stable')[:, :entries]
    return index, np.take_along_axis(way, index, 1)
