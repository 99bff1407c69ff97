# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Feature maps of a pose network that ships, at one scale or several."""
from typing import Optional, Sequence, Union

import numpy as np
from torch import Tensor, nn

from mmarts.registry import MODELS
from .blazepose_reader import BlazePoseReader


@MODELS.register_module()
class BlazePoseMaps(BlazePoseReader):
    """A backbone for a CPU: BlazePose as it is.

    A batch norm over each map is all that learns. A training computes the
    maps once (``tools/extract_features.py --method kept``) and reads them
    instead of pictures; for a single picture they are computed on the spot.

    Args:
        maps: Names of ``mmarts.apis.pose2d.blazepose.FEATURE_MAPS``, fine to
            coarse.

    Attributes:
        out_dims: Channels of the maps.
        out_dim: Those of the last map.
        stride: Of the last map, in pixels of a crop of 256.
        kept_dim: Numbers that :meth:`kept` gives for a picture.

    Raises:
        ValueError: If there are no such maps.
    """

    def __init__(self,
                 maps: Sequence[str] = ('c5', ),
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(maps, init_cfg)
        # Here, as that package imports this one.
        from mmarts.apis.pose2d.blazepose import FEATURE_MAPS
        self.shapes = [FEATURE_MAPS[name][1:] for name in maps]
        self.out_dims = [channels for _, channels in self.shapes]
        self.out_dim, self.stride = self.out_dims[-1], 2**int(maps[-1][1:])
        self.sizes = [side**2 * channels for side, channels in self.shapes]
        self.kept_dim = sum(self.sizes)
        self.norms = nn.ModuleList(map(nn.BatchNorm2d, self.out_dims))

    def forward(self, x: Tensor) -> Union[Tensor, tuple[Tensor, ...]]:
        """Normed maps ``(N, C, h, w)``: a tensor, or a tuple of several.

        Args:
            x: ``(N, 3, S, S)`` RGB in [0, 1], or ``(N, kept_dim)``.

        Raises:
            ValueError: If kept maps are of another length.
        """
        kept = x if x.dim() == 2 else self.kept(x)
        if kept.shape[1] != self.kept_dim:
            raise ValueError(
                f'Maps {self.maps} of BlazePose are {self.kept_dim} numbers '
                f'a picture, but got {tuple(kept.shape)}.')
        parts = kept.split(self.sizes, 1)
        maps = tuple(
            norm(part.unflatten(1, (side, side, channels)).movedim(-1, 1))
            for norm, part, (side,
                             channels) in zip(self.norms, parts, self.shapes))
        return maps if len(maps) > 1 else maps[0]

    def kept(self, image: Tensor) -> Tensor:
        """What is to be kept of pictures.

        Args:
            image: ``(N, 3, S, S)`` RGB in [0, 1].

        Returns:
            ``(N, kept_dim)``: the maps, cell by cell, not normed.
        """
        return self.read(image)

    def row(self, points: np.ndarray, maps: list) -> list:
        """The maps."""
        return [x.ravel() for x in maps]
