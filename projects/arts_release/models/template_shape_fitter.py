# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Released shape fitting: a template skeleton bent to measured bones."""
from typing import Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmarts.body_models import BodyModel
from mmarts.body_models.kinematics import bone_lengths
from mmarts.registry import MODELS
from mmarts.structures import get_joint_set

# Bones in the order in which the release moves their children; in COCO the
# right eye is moved twice.
_BONES = dict(
    coco19=('Pelvis Neck', 'Neck Nose', 'Nose L_Eye', 'Nose R_Eye',
            'L_Eye R_Eye', 'R_Eye R_Ear', 'L_Eye L_Ear', 'Neck R_Shoulder',
            'R_Shoulder R_Elbow', 'R_Elbow R_Wrist', 'Neck L_Shoulder',
            'L_Shoulder L_Elbow', 'L_Elbow L_Wrist', 'Pelvis L_Hip',
            'Pelvis R_Hip', 'R_Hip R_Knee', 'R_Knee R_Ankle', 'L_Hip L_Knee',
            'L_Knee L_Ankle'),
    h36m17=('Pelvis Torso', 'Torso Neck', 'Neck Nose', 'Nose Head',
            'Neck L_Shoulder', 'L_Shoulder L_Elbow', 'L_Elbow L_Wrist',
            'Neck R_Shoulder', 'R_Shoulder R_Elbow', 'R_Elbow R_Wrist',
            'Pelvis R_Hip', 'R_Hip R_Knee', 'R_Knee R_Ankle', 'Pelvis L_Hip',
            'L_Hip L_Knee', 'L_Knee L_Ankle'))
# Whatever the joint set, the pseudo-inverse is of COCO's regressor, and as
# many joints are read.
_MESH_SET = 'coco17'


@MODELS.register_module()
class TemplateShapeFitter(BaseModule):
    """Bone lengths to shape through a template skeleton and a mesh.

    Bone by bone ``child += (L / n - 1) L d`` with ``d = child - parent``,
    ``n = |d|`` and the measured length ``L``; the parent has been moved by
    then, the child's own children have not. The factor ``L`` at the end is
    the release's: bones do not become as long as measured
    (``BoneShapeFitter`` is the paper's eqs. 6 to 9). Two linear layers take
    the first 17 joints to a mesh and its offset from the mean to the shape;
    they start as pseudo-inverses.

    Args:
        body_model: Built body, given by the estimator; not kept.
        mean_vertices: ``(V, 3)`` metres, given by the estimator.
        joint_set: ``'coco19'`` or ``'h36m17'``.

    Raises:
        KeyError: For another joint set.
    """

    def __init__(self,
                 body_model: BodyModel,
                 mean_vertices: Tensor,
                 joint_set: str = 'coco19',
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        if joint_set not in _BONES:
            raise KeyError(f'The release knows {sorted(_BONES)}, not joint '
                           f'set "{joint_set}".')
        joints = get_joint_set(joint_set)
        self.bones = [
            tuple(joints.index(*bone.split())) for bone in _BONES[joint_set]
        ]
        num_vertices, num_betas = len(mean_vertices), body_model.num_betas
        regressor = body_model.regressor(_MESH_SET).double()
        shapedirs = body_model.shapedirs.double().flatten(0, 1)
        self.joints_to_mesh = nn.Linear(len(regressor), num_vertices)
        self.mesh_to_betas = nn.Linear(num_vertices * 3, num_betas)
        with torch.no_grad():
            self.joints_to_mesh.weight.copy_(torch.linalg.pinv(regressor))
            self.mesh_to_betas.weight.copy_(torch.linalg.pinv(shapedirs))
        self.register_buffer('mean_vertices', mean_vertices, persistent=False)
        self.register_buffer(
            'template',
            body_model.regress(mean_vertices, joint_set),
            persistent=False)

    def forward(self, joints: Tensor) -> Tensor:
        """Skeletons ``(B, T, K, 3)`` of a window to ``betas`` ``(B, S)``."""
        lengths = bone_lengths(joints, self.bones).mean(1)
        aligned = self.align(lengths)[:, :self.joints_to_mesh.in_features]
        mesh = self.joints_to_mesh(aligned.mT).mT
        return self.mesh_to_betas((mesh - self.mean_vertices).flatten(1))

    def align(self, lengths: Tensor) -> Tensor:
        """Lengths ``(B, N)``, metres, to the bent template ``(B, K, 3)``."""
        current = list(self.template.expand(len(lengths), -1, -1).unbind(1))
        for length, (parent, child) in zip(lengths.mT[..., None], self.bones):
            offset = current[child] - current[parent]
            size = offset.norm(dim=-1, keepdim=True)
            step = (length / size - 1) * length
            current[child] = current[child] + step * offset
        return torch.stack(current, 1)
