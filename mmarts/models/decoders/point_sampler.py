# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""One feature for every vertex, from where it is seen (PointHMR)."""
from typing import NamedTuple, Optional, Sequence

from mmengine.model import BaseModule
from torch import Tensor

from mmarts.models.layers import sine_position
from mmarts.registry import MODELS
from mmarts.utils.precision import no_autocast, widened


class PointTokens(NamedTuple):
    """What :class:`PointSampler` gives.

    Args:
        vertices: ``(B, V, C)``, a token a vertex.
        grid: ``(B, G, C)``, a token a cell of the coarse map, row by row.
        heat_logits: ``(B, V, H, W)``; their softmax over the cells is the
            heatmap of a vertex.
    """

    vertices: Tensor
    grid: Tensor
    heat_logits: Tensor


@MODELS.register_module()
class PointSampler(BaseModule):
    """Heatmap-weighted means of a feature map (supplement, 2.1).

    Args:
        heatmap: Config of the decoder of fine features to heatmaps, without
            its dimensions.
        feature: The same, to the map that is sampled.
        grid: The same, of coarse features to the map whose cells are tokens.
        in_dims: Channels of the backbone's fine and coarse features; the
            first and the last of what it gives.
        num_vertices: Heatmaps ``V``.
        dim: Channels ``C`` of a token.
        sine_position: Whether both maps get sine embeddings of their cells
            added (the release; the supplement names none).
    """

    def __init__(self,
                 heatmap: dict,
                 feature: dict,
                 grid: dict,
                 in_dims: Sequence[int] = (32, 256),
                 num_vertices: int = 431,
                 dim: int = 512,
                 sine_position: bool = False,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        fine, coarse = in_dims
        self.dim, self.sine_position = dim, sine_position
        self.heatmap = _build(heatmap, fine, num_vertices)
        self.feature = _build(feature, fine, dim)
        self.grid = _build(grid, coarse, dim)

    def forward(self, fine: Tensor, coarse: Tensor) -> PointTokens:
        """Sample.

        Decoders may run in half precision; means over thousands of cells
        are made in float32, or tokens would lose what tells them apart.

        Args:
            fine: ``(B, in_dims[0], H, W)``.
            coarse: ``(B, in_dims[1], h, w)``.
        """
        logits, inner, grid = map(
            widened,
            (self.heatmap(fine), self.feature.body(fine), self.grid(coarse)))
        with no_autocast(logits):
            heat = logits.flatten(2).softmax(-1)
            vertices = self._sampled(heat, inner)
            if self.sine_position:
                vertices = vertices + heat @ self._position(logits)
            grid = self.with_position(grid).flatten(2).mT
        return PointTokens(vertices, grid, logits)

    def _sampled(self, heat: Tensor, inner: Tensor) -> Tensor:
        """Means over cells, then what is linear: for ``V`` points, not for
        ``H W`` cells. A heatmap sums to 1, so a bias passes through."""
        means = heat @ inner.flatten(2).mT
        project = self.feature.project
        if project is None:
            return means
        means = means @ project.weight.flatten(1).T
        return means if project.bias is None else means + project.bias

    def _position(self, like: Tensor) -> Tensor:
        """``(H W, C)``."""
        embedding = sine_position(self.dim, *like.shape[-2:])
        return embedding.flatten(1).T.to(like)

    def with_position(self, x: Tensor) -> Tensor:
        """A map with the embeddings of its cells, where there are some."""
        if not self.sine_position:
            return x
        return x + self._position(x).T.unflatten(1, x.shape[-2:])


def _build(config: dict, in_dim: int, out_dim: int) -> BaseModule:
    return MODELS.build(dict(config, in_dim=in_dim, out_dim=out_dim))
