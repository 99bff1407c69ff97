# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Quadric decimation of a half surface that keeps a subset of vertices."""
import heapq

import numpy as np

EDGE_COST = 2e-4  # of a collapse along an edge, against the quadrics
MIN_NORMAL_COSINE = .2  # between a face before and after a collapse
MIN_QUALITY = .12  # 1 is equilateral


def face_quality(corners: np.ndarray) -> np.ndarray:
    """Area over squared edges of ``(..., 3, 3)`` triangles; best is 1."""
    edges = np.roll(corners, -1, -2) - corners
    double = np.linalg.norm(
        np.cross(edges[..., 0, :], edges[..., 1, :]), axis=-1)
    return 2 * np.sqrt(3) * double / (edges**2).sum((-1, -2)).clip(1e-20)


class HalfDecimator:
    """Half-edge collapses, cheapest first, on several bodies at once.

    A collapse moves a vertex onto a neighbour, so what is left is a subset
    of the vertices: everything given per vertex carries over by indexing.
    Border vertices (the midline) move only along the border.

    Args:
        points: ``(S, V, 3)`` the same mesh in ``S`` shapes or poses.
        faces: ``(F, 3)`` a disk.
        importance: ``(V,)`` factor on the geometric error.
    """

    def __init__(self, points: np.ndarray, faces: np.ndarray,
                 importance: np.ndarray) -> None:
        self.points = np.ascontiguousarray(points.transpose(1, 0, 2))
        self.faces = {i: tuple(f) for i, f in enumerate(faces.tolist())}
        self.faces_of = [set() for _ in range(len(self.points))]
        for i, face in self.faces.items():
            for vertex in face:
                self.faces_of[vertex].add(i)
        self.importance = importance
        self._init_quadrics(faces)
        unique, count = np.unique(
            np.sort(
                np.concatenate(
                    [faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]),
                1),
            axis=0,
            return_counts=True)
        self.border = np.zeros(len(self.points), bool)
        self.border[unique[count == 1]] = True
        self.version = np.zeros(len(self.points), int)
        self.heap = []
        for u, v in unique.tolist():
            self._push(u, v)
            self._push(v, u)

    def _init_quadrics(self, faces: np.ndarray) -> None:
        corners = self.points[faces]  # (F, 3, S, 3)
        normal = np.cross(corners[:, 1] - corners[:, 0],
                          corners[:, 2] - corners[:, 0])
        double = np.linalg.norm(normal, axis=-1, keepdims=True)
        normal = normal / double.clip(1e-20)
        offset = -(normal * corners[:, 0]).sum(-1, keepdims=True)
        plane = np.concatenate([normal, offset], -1)
        quadric = plane[..., :, None] * plane[..., None, :]
        quadric *= double[..., None] / 6  # a third of the area each
        self.quadrics = np.zeros((*self.points.shape[:2], 4, 4))
        for corner in range(3):
            np.add.at(self.quadrics, faces[:, corner], quadric)
        self.mean_area = double.mean() / 2

    def _push(self, u: int, v: int) -> None:
        if self.border[u] and not self.border[v]:
            return
        spot = np.concatenate(
            [self.points[v], np.ones((len(self.points[v]), 1))], 1)
        error = np.einsum('si,sij,sj->', spot,
                          self.quadrics[u] + self.quadrics[v], spot)
        length = ((self.points[u] - self.points[v])**2).sum()
        cost = (
            error * self.importance[u] + EDGE_COST * self.mean_area * length)
        heapq.heappush(self.heap,
                       (cost, u, v, self.version[u], self.version[v]))

    def _neighbours(self, vertex: int) -> set:
        return {k
                for i in self.faces_of[vertex]
                for k in self.faces[i]} - {vertex}

    def _allowed(self, u: int, v: int) -> bool:
        shared = self.faces_of[u] & self.faces_of[v]
        if len(shared) != (1 if self.border[u] else 2):
            return False
        if len(self._neighbours(u) & self._neighbours(v)) != len(shared):
            return False  # link condition: the surface would pinch
        if any(
                len(self.faces_of[k]) <= (2 if self.border[k] else 3)
                for i in shared for k in self.faces[i] if k not in (u, v)):
            return False
        moved = [self.faces[i] for i in self.faces_of[u] - shared]
        if not moved:
            return False
        old = self.points[np.array(moved)]
        new = self.points[np.array([[v if k == u else k for k in f]
                                    for f in moved])]
        return self._shape_holds(old.swapaxes(1, 2), new.swapaxes(1, 2))

    @staticmethod
    def _shape_holds(old: np.ndarray, new: np.ndarray) -> bool:

        def normals(corners):
            return np.cross(corners[..., 1, :] - corners[..., 0, :],
                            corners[..., 2, :] - corners[..., 0, :])

        before, after = normals(old), normals(new)
        size = (
            np.linalg.norm(before, axis=-1) * np.linalg.norm(after, axis=-1))
        if ((before * after).sum(-1) < MIN_NORMAL_COSINE * size).any():
            return False
        floor = np.minimum(face_quality(old[:, 0]).min(), MIN_QUALITY)
        return bool(face_quality(new[:, 0]).min() > floor)

    def _collapse(self, u: int, v: int) -> None:
        for i in self.faces_of[u] & self.faces_of[v]:
            for k in self.faces.pop(i):
                self.faces_of[k].discard(i)
        for i in self.faces_of[u]:
            self.faces[i] = tuple(v if k == u else k for k in self.faces[i])
        self.faces_of[v] |= self.faces_of[u]
        self.faces_of[u] = set()
        self.quadrics[v] += self.quadrics[u]
        self.version[u] += 1
        self.version[v] += 1
        for k in sorted(self._neighbours(v)):
            self._push(k, v)
            self._push(v, k)

    def run(self, target: int) -> np.ndarray:
        """Collapse until ``target`` faces are left and return them."""
        rejected = []
        while len(self.faces) > target:
            if not self.heap:
                raise RuntimeError(f'stuck at {len(self.faces)} faces')
            item = heapq.heappop(self.heap)
            _, u, v, version_u, version_v = item
            if (version_u, version_v) != (self.version[u], self.version[v]):
                continue
            removed = 1 if self.border[u] else 2
            if len(self.faces) - removed < target or not self._allowed(u, v):
                rejected.append(item)
                continue
            self._collapse(u, v)
            for item in rejected[-200:]:  # may be possible by now
                heapq.heappush(self.heap, item)
            rejected = []
        return np.array([self.faces[i] for i in sorted(self.faces)])
