# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What modules on BlazePose share: pictures to rows of its numbers."""
from abc import abstractmethod
from typing import Optional, Sequence

import numpy as np
import torch
from mmengine.model import BaseModule
from torch import Tensor

from mmarts.models.data_preprocessor import WindowPreprocessor


class BlazePoseReader(BaseModule):
    """BlazePose (arXiv:2006.10204) as it is.

    It runs on LiteRT, on the processor and without gradients.

    Args:
        maps: Names of ``mmarts.apis.pose2d.blazepose.FEATURE_MAPS``.

    Raises:
        ValueError: If there are no such maps.
    """

    def __init__(self,
                 maps: Sequence[str],
                 init_cfg: Optional[dict] = None) -> None:
        # Here, as that package imports this one.
        from mmarts.apis.pose2d.blazepose import check_maps
        super().__init__(init_cfg)
        check_maps(maps)
        self.maps = tuple(maps)
        # LiteRT reads bytes over 255; a model around this needs the same.
        self.data_preprocessor = WindowPreprocessor(
            image_mean=(0., ), image_std=(1., ))
        self.trunk: Optional[object] = None

    @torch.no_grad()
    def read(self, image: Tensor) -> Tensor:
        """``(N, 3, S, S)`` RGB in [0, 1] to a :meth:`row` each."""
        if self.trunk is None:
            from mmarts.apis.pose2d.blazepose import BlazePoseTrunk
            self.trunk = BlazePoseTrunk(self.maps)
        crops = image.movedim(1, -1).float().contiguous().cpu().numpy()
        rows = [np.concatenate(self.row(*self.trunk(crop))) for crop in crops]
        return torch.from_numpy(np.stack(rows)).float().to(image.device)

    @abstractmethod
    def row(self, points: np.ndarray, maps: list) -> list:
        """Parts of a row, of what ``BlazePoseTrunk`` gives for a crop."""
