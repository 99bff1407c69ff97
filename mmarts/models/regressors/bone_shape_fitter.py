# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Bone-guided shape fitting: bone lengths to shape (ARTS, 3.3.2)."""
from typing import Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.body_models import BodyModel
from mmarts.registry import MODELS
from mmarts.structures import get_joint_set


class BoneAlignment(nn.Module):
    """The rest pose with its bones made as long as measured.

    ``J_mean = W (T + S beta_mean)`` (ARTS, ACM MM 2024, eq. 6) and, from the
    root outwards, ``J_aligned,j = J_aligned,i + B_ij (J_mean,j - J_mean,i) /
    |J_mean,j - J_mean,i|`` (eq. 7 along the kinematic tree, as its text
    says: a child moves with its parent).

    Args:
        body_model: Body that is fitted.
        joint_set: Set of the ``K`` joints; its bones must be a tree.
        mean_betas: ``beta_mean``; zeros when None.
    """

    def __init__(self,
                 body_model: BodyModel,
                 joint_set: str,
                 mean_betas: Optional[list] = None) -> None:
        super().__init__()
        bones = get_joint_set(joint_set).bone_indices
        betas = torch.tensor(mean_betas or [0.] * body_model.num_betas)
        mean = body_model.rest_joints(
            betas.to(body_model.v_template), joint_set).float()
        direction = torch.stack([mean[c] - mean[p] for p, c in bones])
        direction = direction / direction.norm(dim=-1, keepdim=True)
        # Which bones lead from the root to each joint: the sum along the
        # tree becomes one product.
        path = torch.zeros(len(mean), len(bones))
        for bone, (parent, child) in enumerate(bones):
            path[child] = path[parent]
            path[child, bone] = 1
        root = get_joint_set(joint_set).root_index

        def keep(key, value):
            self.register_buffer(key, value, persistent=False)

        keep('root', mean[root])
        keep('direction', direction)
        keep('path', path)

    def forward(self, bone_lengths: Tensor) -> Tensor:
        """``(..., N)`` metres to ``J_aligned`` ``(..., K, 3)`` metres."""
        bones = bone_lengths[..., None] * self.direction
        return self.root + self.path @ bones


@MODELS.register_module()
class BoneShapeFitter(BaseModule):
    """Shape from bone lengths through the mesh, as the paper writes it.

    ``beta = FC_S(FC_W(J_aligned) - T)`` (ARTS, ACM MM 2024, eqs. 8 and 9):
    two linear layers that start as the pseudo-inverses of the joint
    regressor and of the shape basis, and are trained.

    The pseudo-inverse of a regressor gives the smallest mesh that has these
    joints, zero wherever the regressor does not look, so untrained it does
    not even map the mean skeleton to mean shape; training makes up for it.
    :class:`JointSpaceShapeFitter` avoids the detour.

    Args:
        body_model: Built body, given by the estimator; not kept.
        joint_set: Set of the ``K`` joints.
        mean_betas: ``beta_mean`` of eq. 6; zeros when None.
        trained: False keeps the closed form of eq. 8.
    """

    def __init__(self,
                 body_model: BodyModel,
                 joint_set: str = 'coco19',
                 mean_betas: Optional[list] = None,
                 trained: bool = True,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.align = BoneAlignment(body_model, joint_set, mean_betas)
        num_vertices = body_model.num_vertices
        regressor = body_model.regressor(joint_set).double()
        shapedirs = body_model.shapedirs.double().flatten(0, 1)
        self.joints_to_mesh = nn.Linear(len(regressor), num_vertices)
        self.mesh_to_betas = nn.Linear(num_vertices * 3, body_model.num_betas)
        with torch.no_grad():
            self.joints_to_mesh.weight.copy_(torch.linalg.pinv(regressor))
            self.mesh_to_betas.weight.copy_(torch.linalg.pinv(shapedirs))
            self.joints_to_mesh.bias.zero_()
            self.mesh_to_betas.bias.zero_()
        self.requires_grad_(trained)
        self.register_buffer(
            'template', body_model.v_template.float(), persistent=False)

    def forward(self,
                bone_lengths: Tensor,
                feat: Optional[Tensor] = None) -> Tensor:
        """``(B, N)`` metres to ``betas`` ``(B, S)``; reads no feature."""
        aligned = self.align(bone_lengths)
        mesh = self.joints_to_mesh(aligned.mT).mT
        return self.mesh_to_betas((mesh - self.template).flatten(-2))
