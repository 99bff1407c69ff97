# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Shape from bone lengths by an MLP that knows no body."""
from typing import Optional

from mmengine.model import BaseModule
from torch import Tensor

from mmarts.body_models import BodyModel
from mmarts.models.layers import MLP
from mmarts.registry import MODELS
from mmarts.structures import get_joint_set


@MODELS.register_module()
class MLPShapeFitter(BaseModule):
    """``betas = MLP(bone_lengths)``, learned from data alone.

    The "MLP" among the shape fittings of ARTS' table 4 (ACM MM 2024).

    Args:
        body_model: Built body, given by the estimator; not kept.
        joint_set: Set whose ``N`` bones are read.
        hidden_dim: Channels inside.
    """

    def __init__(self,
                 body_model: BodyModel,
                 joint_set: str = 'coco19',
                 hidden_dim: int = 256,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.mlp = MLP(
            len(get_joint_set(joint_set).bones), hidden_dim, hidden_dim,
            body_model.num_betas)

    def forward(self,
                bone_lengths: Tensor,
                feat: Optional[Tensor] = None) -> Tensor:
        """``(B, N)`` metres to ``betas`` ``(B, S)``; reads no feature."""
        return self.mlp(bone_lengths)
