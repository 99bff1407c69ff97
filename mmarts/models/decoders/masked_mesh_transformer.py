# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Tokens to a mesh, with masks that close step by step (PointHMR)."""
from math import pi
from typing import NamedTuple, Optional, Sequence

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.models.layers import EncoderBlock
from mmarts.registry import MODELS

# Kinds of tokens.
KINDS = ('camera', 'grid', 'joint', 'vertex')


class MeshReadout(NamedTuple):
    """What :class:`MaskedMeshTransformer` gives.

    Args:
        cam: ``(B, 3)`` (s, tx, ty): ``x_crop = s * (x + tx)``.
        joints3d: ``(B, K, 3)`` metres, from the joint tokens.
        vertices: ``(B, V, 3)`` metres, from the vertex tokens.
    """

    cam: Tensor
    joints3d: Tensor
    vertices: Tensor


@MODELS.register_module()
class MaskedMeshTransformer(BaseModule):
    """Two blocks of two encoders, each with its own mask (supplement, 2.2).

    A vertex token sees vertices up to a number of edges away; camera, grid
    and joint tokens see all and are seen by all. The first block works on
    ``dim`` channels, the second on ``reduced_dim``.

    Args:
        num_vertices: Vertex tokens ``V``.
        num_joints: Joint tokens ``K``; learned.
        num_grid: Grid tokens ``G``.
        dim: Channels of the tokens that come in.
        position_dim: Channels of a learned table that are put beside them
            (128 in the release; the supplement names none).
        reduced_dim: Channels of the second block.
        hops: Edges that a vertex sees in each encoder, in their order; None
            for an encoder without a mask.
        layers: Layers of an encoder. The supplement does not say; its 59.1
            million parameters speak for the release's 2.
        hidden_dims: Of the MLPs of either block; the release's.
        num_heads: Attention heads.
        dropout: Rate on attention weights, MLP activations and branches.
        order: Tokens of :data:`KINDS` in a row; of interest to the table of
            positions only.
    """

    def __init__(self,
                 num_vertices: int = 431,
                 num_joints: int = 14,
                 num_grid: int = 49,
                 dim: int = 512,
                 position_dim: int = 0,
                 reduced_dim: int = 128,
                 hops: Sequence[Optional[int]] = (7, 5, 3, 1),
                 layers: int = 2,
                 hidden_dims: Sequence[int] = (1024, 512),
                 num_heads: int = 4,
                 dropout: float = 0.1,
                 order: Sequence[str] = ('joint', 'vertex', 'grid', 'camera'),
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        if sorted(order) != sorted(KINDS) or len(hops) % 2:
            raise ValueError(
                f'`order` should name each of {KINDS} once and `hops` be of '
                f'an even number of encoders, but got {order} and {hops}.')
        self.hops, self.order = tuple(hops), tuple(order)
        self.counts = dict(
            camera=1, grid=num_grid, joint=num_joints, vertex=num_vertices)
        self.joint_token = nn.Parameter(torch.randn(num_joints, dim))
        self.camera_token = nn.Linear(num_vertices, 1)
        self.position = nn.Parameter(
            torch.randn(sum(self.counts.values()),
                        position_dim)) if position_dim else None
        dims = (dim + position_dim, reduced_dim)
        half = len(hops) // 2
        self.encoders = nn.ModuleList(
            _Encoder(dims[i // half], hidden_dims[i // half], layers,
                     num_heads, dropout, i % half == half - 1)
            for i in range(len(hops)))
        self.reduce = nn.Linear(*dims)
        self.read_camera = nn.Linear(reduced_dim, 3)
        self.read_point = nn.Linear(reduced_dim, 3)
        for i, limit in enumerate(hops):
            if limit is not None:
                size = sum(self.counts.values())
                self.register_buffer(f'visible{i}',
                                     torch.ones(size, size, dtype=torch.bool),
                                     False)

    def set_distance(self, distance: Tensor) -> None:
        """Tell how far vertices are from each other; before first use.

        Args:
            distance: ``(V, V)`` edges on the shortest way, at least up to
                the largest of ``hops``.
        """
        vertices = self._places()['vertex']
        for i, limit in enumerate(self.hops):
            if limit is not None:
                getattr(self, f'visible{i}')[vertices,
                                             vertices] = distance <= limit

    @torch.no_grad()
    def begin_smooth(self, waves: float, **places: Tensor) -> None:
        """Let the learned positions begin as random sines of places.

        What lies side by side begins alike, where a table of random numbers
        would scatter it; short trainings end with that.

        Args:
            waves: Standard deviation of the sines, radians to a metre.
            places: Kind of tokens -> ``(N, 3)`` metres.

        Raises:
            ValueError: If there are no positions.
        """
        if self.position is None:
            raise ValueError('Positions that begin smooth need '
                             '`position_dim` channels, but it is 0.')
        dim, rows = self.position.shape[1], self._places()
        rate, phase = waves * torch.randn(3, dim), 2 * pi * torch.rand(dim)
        for kind, points in places.items():
            waved = torch.sin(points @ rate + phase)
            self.position[rows[kind]] = 2**0.5 * waved

    def forward(self, vertices: Tensor, grid: Tensor) -> MeshReadout:
        """Read a mesh.

        Args:
            vertices: ``(B, V, C)``.
            grid: ``(B, G, C)``.

        Raises:
            ValueError: If there are other numbers of tokens than the module
                was built for.
        """
        self._check(vertices, grid)
        places = self._places()
        x = self.tokens(vertices, grid)
        for i, encoder in enumerate(self.encoders):
            if i == len(self.encoders) // 2:
                x = self.reduce(x)
            x = encoder(x, getattr(self, f'visible{i}', None))
        return MeshReadout(
            self.read_camera(x[:, places['camera']][:, 0]),
            self.read_point(x[:, places['joint']]),
            self.read_point(x[:, places['vertex']]))

    def tokens(self, vertices: Tensor, grid: Tensor) -> Tensor:
        """All tokens with their positions: ``(B, L, C')``.

        The camera's is one linear combination of the vertices'.
        """
        kinds = dict(
            camera=self.camera_token(vertices.mT).mT,
            grid=grid,
            joint=self.joint_token.expand(len(vertices), -1, -1),
            vertex=vertices)
        x = torch.cat([kinds[kind] for kind in self.order], 1)
        if self.position is None:
            return x
        return torch.cat([x, self.position.expand(len(x), -1, -1)], -1)

    def _places(self) -> dict[str, slice]:
        places, start = {}, 0
        for kind in self.order:
            places[kind] = slice(start, start + self.counts[kind])
            start += self.counts[kind]
        return places

    def _check(self, vertices: Tensor, grid: Tensor) -> None:
        wanted = self.counts['vertex'], self.counts['grid']
        got = vertices.shape[1], grid.shape[1]
        if got != wanted:
            raise ValueError(
                f'MaskedMeshTransformer expects {wanted[0]} vertex and '
                f'{wanted[1]} grid tokens, but got {got[0]} and {got[1]}; '
                'does the picture have the size that `num_grid` is for?')


class _Encoder(nn.Module):

    def __init__(self, dim: int, hidden_dim: int, layers: int, num_heads: int,
                 dropout: float, with_norm: bool) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            EncoderBlock(
                dim,
                num_heads,
                (hidden_dim + 0.5) / dim,  # not a hair below
                dropout,
                activation='relu',
                branch_dropout=dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(dim) if with_norm else nn.Identity()

    def forward(self, x: Tensor, visible: Optional[Tensor]) -> Tensor:
        for block in self.blocks:
            x = block(x, visible)
        return self.norm(x)
