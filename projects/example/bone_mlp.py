# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Shape from bone lengths by a plain MLP."""
from typing import Optional

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.body_models import BodyModel
from mmarts.models.layers import MLP
from mmarts.registry import MODELS
from mmarts.structures import get_joint_set


@MODELS.register_module()
class BoneMLP(BaseModule):
    """``betas = MLP(bone_lengths / rest_lengths - 1)``.

    Stands where ``JointSpaceShapeFitter`` solves for the shape, and learns
    that solution from data instead. It starts at the mean shape.

    Args:
        body_model: Built body, given by the estimator; not kept.
        joint_set: Set whose bones are read.
        hidden_dim: Channels inside.
    """

    def __init__(self,
                 body_model: BodyModel,
                 joint_set: str = 'coco19',
                 hidden_dim: int = 64) -> None:
        super().__init__()
        parents, children = map(list,
                                zip(*get_joint_set(joint_set).bone_indices))
        rest = body_model.rest_joints(
            body_model.v_template.new_zeros(body_model.num_betas), joint_set)
        self.register_buffer(
            'rest_lengths', (rest[children] - rest[parents]).norm(dim=-1),
            persistent=False)
        self.mlp = MLP(
            len(parents), hidden_dim, hidden_dim, body_model.num_betas)
        nn.init.zeros_(self.mlp[-1].weight)
        nn.init.zeros_(self.mlp[-1].bias)

    def forward(self,
                bone_lengths: Tensor,
                feat: Optional[Tensor] = None) -> Tensor:
        """``(B, N)`` metres to ``betas`` ``(B, S)``; reads no feature."""
        return self.mlp(bone_lengths / self.rest_lengths - 1)
