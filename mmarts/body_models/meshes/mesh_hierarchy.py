# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""One mesh at several resolutions, and the matrices between them."""
import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Sequence, Union

import numpy as np
import roma
import torch
from mmengine.logging import print_log
from torch import Tensor, nn

from mmarts.compat.safe_pickle import load_npz_arrays
from mmarts.structures import BodyParams
from mmarts.utils.files import whole_file
from ..base import BodyModel
from ..model_paths import find_array_file
from .mesh_decimation import decimate, mesh_edges, upsampling_rows

# Poses and shapes, beside the resting mean, in which upsampling is fitted.
NUM_POSES, POSE_STD = 20, 0.3  # radians, a joint's rotation vector
# Of what the arrays of a file mean; a new one makes old files be made again.
_RECIPE = 1


@dataclass
class Rows:
    """A sparse matrix whose rows have ``k`` entries.

    Args:
        index: ``(M, k)`` columns.
        weight: ``(M, k)``.
    """

    index: np.ndarray
    weight: np.ndarray


class MeshHierarchy(nn.Module):
    """Meshes of one surface, finest first: level 0, 1, ...

    Args:
        down: Level ``l`` to ``l + 1``, for every level but the last.
        up: Level ``l + 1`` to ``l``, likewise.
        edges: ``(E, 2)`` of every level, undirected.

    Attributes:
        sizes: Vertices of every level.
    """

    def __init__(self, down: Sequence[Rows], up: Sequence[Rows],
                 edges: Sequence[np.ndarray]) -> None:
        super().__init__()
        self.sizes = (len(up[0].index), *(len(rows.index) for rows in down))
        for name, group in (('down', down), ('up', up)):
            for level, rows in enumerate(group):
                self._keep(f'{name}{level}_index', rows.index, torch.long)
                self._keep(f'{name}{level}_weight', rows.weight, torch.float32)
        for level, pairs in enumerate(edges):
            self._keep(f'edges{level}', pairs, torch.long)

    def _keep(self, key: str, value, dtype: torch.dtype) -> None:
        self.register_buffer(key,
                             torch.as_tensor(np.array(value),
                                             dtype=dtype), False)

    @property
    def num_levels(self) -> int:
        """Meshes, the finest included."""
        return len(self.sizes)

    def coarsen(self, vertices: Tensor) -> list[Tensor]:
        """``(..., V, 3)`` at every level, finest first."""
        return self._chain(vertices, 'down', range(self.num_levels - 1))

    def refine(self, vertices: Tensor) -> list[Tensor]:
        """The coarsest ``(..., V', 3)`` at every level, finest first."""
        steps = range(self.num_levels - 2, -1, -1)
        return self._chain(vertices, 'up', steps)[::-1]

    def _chain(self, vertices: Tensor, way: str, steps: range) -> list[Tensor]:
        meshes = [vertices]
        for level in steps:
            index = getattr(self, f'{way}{level}_index')
            weight = getattr(self, f'{way}{level}_weight')
            meshes.append((meshes[-1][..., index, :] *
                           weight[..., None].to(vertices)).sum(-2))
        return meshes

    def adjacency(self, level: int = -1) -> Tensor:
        """``(V, V)`` bool, neighbours of every vertex and itself."""
        size = self.sizes[level]
        first, second = getattr(self,
                                f'edges{level % self.num_levels}').unbind(1)
        matrix = torch.eye(size, dtype=torch.bool, device=first.device)
        matrix[first, second] = matrix[second, first] = True
        return matrix

    def graph_distance(self, limit: int, level: int = -1) -> Tensor:
        """Edges on the way from vertex to vertex, breadth first.

        Args:
            limit: Ways that are longer count as ``limit + 1``.
            level: Of the mesh.

        Returns:
            ``(V, V)`` int64.
        """
        step = self.adjacency(level).float()
        reached = torch.eye(len(step)).to(step)
        distance = torch.full(
            step.shape, limit + 1, dtype=torch.long, device=step.device)
        distance[reached > 0] = 0
        for hops in range(1, limit + 1):
            reached = (step @ reached > 0).to(step)
            distance[(reached > 0) & (distance > hops)] = hops
        return distance


def make_hierarchy(points: np.ndarray, faces: np.ndarray,
                   sizes: Sequence[int]) -> MeshHierarchy:
    """Decimate a surface step by step.

    Args:
        points: ``(S, V, 3)`` the mesh in ``S`` shapes and poses; the first
            is decimated, all are reproduced.
        faces: ``(F, 3)`` of one connected surface, closed or with a rim.
        sizes: Vertices of the coarser meshes, falling.

    Raises:
        ValueError: If it cannot be decimated like that.
    """
    down, up, edges = [], [], [mesh_edges(faces)]
    for size in sizes:
        kept, coarse = decimate(points[0], faces, size)
        up.append(Rows(*upsampling_rows(points, faces, kept)))
        down.append(Rows(kept[:, None], np.ones((size, 1))))
        points, faces = points[:, kept], coarse
        edges.append(mesh_edges(faces))
    return MeshHierarchy(down, up, edges)


def body_hierarchy(body: BodyModel,
                   sizes: Sequence[int] = (1723, 431),
                   path: Optional[str] = None) -> MeshHierarchy:
    """Coarser meshes of a body.

    They are made once and kept in a file beside the body's; that of the free
    body ships. The file is used only while its checksum is that of the body.

    Args:
        body: Whose mesh is one connected surface.
        sizes: Vertices of the coarser meshes.
        path: File of an author's own matrices, see :func:`read_released`,
            found as :mod:`model_paths` says.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If its matrices are not of these sizes, or the body's
            mesh cannot be decimated.
    """
    if path is not None:
        hierarchy = read_released(path, len(sizes))
        wanted = (body.num_vertices, *sizes)
        if hierarchy.sizes != wanted:
            raise ValueError(f'{path} has meshes of {hierarchy.sizes} '
                             f'vertices, but {wanted} were asked for.')
        return hierarchy
    file, checksum = hierarchy_file(body, sizes), _checksum(body, sizes)
    if file is not None and file.is_file():
        hierarchy = _read(file, checksum)
        if hierarchy is not None:
            return hierarchy
        print_log(f'{file} is of another body; it is made again.', 'current',
                  logging.WARNING)
    hierarchy = make_hierarchy(
        _posed_meshes(body),
        body.faces.cpu().numpy(), sizes)
    if file is not None:
        try:
            _write(file, hierarchy, checksum)
        except OSError as error:
            print_log(
                f'The mesh hierarchy cannot be kept in {file} ({error}); it '
                'will be made again each time.', 'current', logging.WARNING)
    return hierarchy


def hierarchy_file(body: BodyModel, sizes: Sequence[int]) -> Optional[Path]:
    """Where the hierarchy of a body lies; None for one without a file."""
    if body.source is None:
        return None
    words = '-'.join(map(str, sizes))
    return body.source.with_name(f'{body.source.stem}_mesh_{words}.npz')


def read_released(path: Union[str, Path],
                  num_coarse: Optional[int] = None) -> MeshHierarchy:
    """The matrices of GraphCMR's ``mesh_downsampling.npz`` and its kin.

    ``U[l]`` leads from level ``l + 1`` to ``l``, ``D[l]`` back, ``A[l]``
    holds the neighbours at level ``l``; all sparse. Their ``U`` has rows
    that do not sum to 1, so refining a moved mesh is not moving a refined
    one.

    Args:
        path: Of the file, found as :mod:`model_paths` says.
        num_coarse: Meshes to read below the finest; all by default.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no such file.
    """
    path = find_array_file(path)
    arrays = load_npz_arrays(path, keep_sparse=True)
    missing = [key for key in 'AUD' if key not in arrays]
    if missing:
        raise ValueError(f'{path} should hold sparse matrices A, U and D, but '
                         f'has {sorted(arrays)}.')
    up, down = ([
        _padded(matrix) for matrix in arrays[key].ravel()[:num_coarse]
    ] for key in 'UD')
    edges = []
    for matrix in arrays['A'].ravel()[:len(down) + 1]:
        entries = matrix.tocoo()
        upper = (entries.row < entries.col) & (entries.data != 0)
        edges.append(np.stack([entries.row[upper], entries.col[upper]], 1))
    return MeshHierarchy(down, up, edges)


def _padded(matrix) -> Rows:
    """Rows of a sparse matrix, filled up by entries of weight 0."""
    matrix = matrix.tocsr()
    counts = np.diff(matrix.indptr)
    shape = (len(counts), max(counts.max(), 1))
    place = np.arange(shape[1]) < counts[:, None]
    index, weight = np.zeros(shape, np.int64), np.zeros(shape)
    index[place], weight[place] = matrix.indices, matrix.data
    return Rows(index, weight)


def _posed_meshes(body: BodyModel) -> np.ndarray:
    """``(S, V, 3)``: the mean body at rest, then seeded poses and shapes."""
    draw = np.random.default_rng(0)
    turns = POSE_STD * draw.standard_normal((NUM_POSES, body.num_joints, 3))
    shapes = draw.standard_normal((NUM_POSES, body.num_betas))
    like = body.v_template
    turns = roma.rotvec_to_rotmat(torch.as_tensor(turns).to(like))
    params = BodyParams(turns[:, :1], turns[:, 1:],
                        torch.as_tensor(shapes).to(like))
    meshes = torch.cat([like[None], body.vertices(params)])
    return meshes.cpu().numpy().astype(np.float64)


def _checksum(body: BodyModel, sizes: Sequence[int]) -> str:
    digest = hashlib.sha256(repr((_RECIPE, tuple(sizes))).encode())
    digest.update(body.v_template.cpu().numpy().astype('f4').tobytes())
    digest.update(body.faces.cpu().numpy().astype('i4').tobytes())
    return digest.hexdigest()


def _read(file: Path, checksum: str) -> Optional[MeshHierarchy]:
    """A file of ours; None if its checksum is another."""
    with np.load(file, allow_pickle=False) as arrays:
        if str(arrays.get('checksum')) != checksum:
            return None
        levels = range(sum(key.endswith('_index') for key in arrays) // 2)
        down, up = ([
            Rows(arrays[f'{way}{level}_index'], arrays[f'{way}{level}_weight'])
            for level in levels
        ] for way in ('down', 'up'))
        edges = [arrays[f'edges{level}'] for level in range(len(levels) + 1)]
    return MeshHierarchy(down, up, edges)


def _write(file: Path, hierarchy: MeshHierarchy, checksum: str) -> None:
    arrays = {key: value.numpy() for key, value in hierarchy.named_buffers()}
    for key, value in arrays.items():
        if value.dtype == np.int64:
            arrays[key] = value.astype(np.int32)
    with whole_file(file) as part:
        np.savez_compressed(part, checksum=np.array(checksum), **arrays)
