# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Bone-guided shape fitting solved between joints, without the mesh."""
from typing import Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.body_models import BodyModel
from mmarts.registry import MODELS
from mmarts.structures import get_joint_set
from .bone_shape_fitter import BoneAlignment


@MODELS.register_module()
class JointSpaceShapeFitter(BaseModule):
    """``beta = (W S)^+ (J_aligned - W T)``: one trained linear layer.

    The same problem as ARTS' eq. 8, solved where it is over-determined: the
    joints' own shape basis ``W S`` has as many rows as coordinates, so the
    mean skeleton gives mean shape exactly. A small ridge keeps shapes that
    no bone shows (weight) at their mean instead of amplifying noise.

    Args:
        body_model: Built body, given by the estimator; not kept.
        joint_set: Set of the ``K`` joints.
        ridge: Variance of the joint noise over that of the shapes, metres
            squared.
        mean_betas: ``beta_mean`` of eq. 6; zeros when None.
        trained: False keeps the closed form.
        unit: Metres that the layer's inputs are counted in; before training
            the function is the same for all. Joints of people differ by 2
            cm: in metres, steps of an optimiser such as Adam, as large for
            this layer as for any other, leave it where it began. Files from
            before there was a unit hold weights for metres, as ``linear``;
            they are converted.
    """

    def __init__(self,
                 body_model: BodyModel,
                 joint_set: str = 'coco19',
                 ridge: float = 1e-5,
                 mean_betas: Optional[list] = None,
                 trained: bool = True,
                 unit: float = 0.02,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.align = BoneAlignment(body_model, joint_set, mean_betas)
        regressor = body_model.regressor(joint_set).double()
        basis = torch.einsum('kv,vcs->kcs', regressor,
                             body_model.shapedirs.double())
        root = get_joint_set(joint_set).root_index
        # Aligned joints hang from a fixed root: compare differences to it.
        basis = (basis - basis[[root]]).flatten(0, 1)
        rest = body_model.rest_joints(
            body_model.v_template.new_zeros(body_model.num_betas), joint_set)
        self.to_betas = nn.Linear(basis.shape[0], basis.shape[1])
        gram = basis.T @ basis + ridge * torch.eye(basis.shape[1])
        with torch.no_grad():
            self.to_betas.weight.copy_(unit *
                                       torch.linalg.solve(gram, basis.T))
            self.to_betas.bias.zero_()
        self.unit = unit
        self.requires_grad_(trained)
        self.register_buffer('rest', rest.float(), persistent=False)
        self.register_load_state_dict_pre_hook(
            JointSpaceShapeFitter.convert_old)

    def forward(self,
                bone_lengths: Tensor,
                feat: Optional[Tensor] = None) -> Tensor:
        """``(B, N)`` metres to ``betas`` ``(B, S)``; reads no feature."""
        moved = self.align(bone_lengths) - self.rest
        return self.to_betas(moved.flatten(-2) / self.unit)

    def convert_old(self, state: dict, prefix: str, *_) -> None:
        """Weights for metres to this unit, in place.

        Args:
            state: Of a file.
            prefix: Of this module's keys in it. Loading gives more, which is
                not read.
        """
        for name, factor in (('weight', self.unit), ('bias', 1.)):
            old = f'{prefix}linear.{name}'
            if old in state:
                state[f'{prefix}to_betas.{name}'] = factor * state.pop(old)
