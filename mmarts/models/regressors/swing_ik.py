# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Closed-form swings: rotations that point limbs where the joints say."""
import roma
import torch
from torch import Tensor, nn

from mmarts.body_models import BodyModel
from mmarts.geometry.rotation import shortest_rotation
from mmarts.structures import get_joint_set

# Body joint -> (start, end) of the limb it turns, in the skeleton's names,
# and the body joint that its parent's turn is known at.
_LIMBS = {
    f'{side}_{joint}': (f'{letter}_{start}', f'{letter}_{end}', base
                        or f'{side}_{parent}')
    for side, letter in (('left', 'L'), ('right', 'R'))
    for joint, start, end, base, parent in (('shoulder', 'Shoulder', 'Elbow',
                                             'pelvis', ''),
                                            ('elbow', 'Elbow', 'Wrist', '',
                                             'shoulder'),
                                            ('hip', 'Hip', 'Knee', 'pelvis',
                                             ''), ('knee', 'Knee', 'Ankle', '',
                                                   'hip'))
}


class SwingIK(nn.Module):
    """Root and limb rotations of a skeleton, frame by frame.

    The root takes the torso's turn; shoulders, elbows, hips and knees take
    the shortest turn of their rest direction onto the bone seen, without
    twist (HybrIK's swing, arXiv:2011.14672). Spine, collars, neck, wrists
    and feet rest: the skeleton's straight bones do not show them.

    Args:
        body_model: Body whose rest directions count; not kept.
        joint_set: Set of the ``K`` joints.
    """

    def __init__(self, body_model: BodyModel, joint_set: str) -> None:
        super().__init__()
        joints, body = get_joint_set(joint_set), get_joint_set('smpl24')
        self.torso = joints.index('L_Hip', 'R_Hip', 'Pelvis', 'Neck')
        self.limbs = [(body.index(name, base), joints.index(start, end))
                      for name, (start, end, base) in _LIMBS.items()]
        rest = body_model.rest_joints(
            body_model.v_template.new_zeros(body_model.num_betas),
            joint_set).float()
        ends = torch.tensor([limb for _, limb in self.limbs])
        direction = rest[ends[:, 1]] - rest[ends[:, 0]]
        self.register_buffer(
            'direction',
            direction / direction.norm(dim=-1, keepdim=True),
            persistent=False)

    @torch.no_grad()
    def forward(self, joints3d: Tensor) -> Tensor:
        """``(..., K, 3)`` metres to ``(..., 24, 3, 3)``, parent-relative."""
        leading = joints3d.shape[:-2]
        local = torch.eye(3).to(joints3d).repeat(*leading, 24, 1, 1)
        torso = torso_rotation(joints3d, *self.torso)
        local[..., 0, :, :] = torso
        world = {0: torso}
        for ((joint, base), (start, end)), rest in zip(self.limbs,
                                                       self.direction):
            bone = joints3d[..., end, :] - joints3d[..., start, :]
            bone = bone / bone.norm(dim=-1, keepdim=True).clamp(min=1e-6)
            seen = (world[base].mT @ bone[..., None])[..., 0]
            swing = shortest_rotation(rest.expand_as(seen), seen)
            local[..., joint, :, :] = swing
            world[joint] = world[base] @ swing
        return local


def torso_rotation(joints: Tensor, left_hip: int, right_hip: int, pelvis: int,
                   neck: int) -> Tensor:
    """Turn of the torso, body axes to the axes of the joints.

    Args:
        joints: ``(..., K, 3)``.
        left_hip, right_hip, pelvis, neck: Indices of joints.

    Returns:
        ``(..., 3, 3)``: first column from right to left hip, second the part
        of the spine's direction that is perpendicular to it.
    """
    across = joints[..., left_hip, :] - joints[..., right_hip, :]
    upward = joints[..., neck, :] - joints[..., pelvis, :]
    # Millimetres of help where a skeleton has collapsed to a point.
    help_x, help_y = torch.eye(3).to(joints)[:2] * 1e-3
    return roma.special_gramschmidt(
        torch.stack([across + help_x, upward + help_y], -1))
