# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Closed-form swings: rotations that point limbs where the joints say."""
from typing import Optional

import roma
import torch
from torch import Tensor, nn

from mmarts.body_models import BodyModel
from mmarts.geometry.rotation import shortest_rotation
from mmarts.structures import get_joint_set

# Body joint -> (start, end) of the limb it turns, in the skeleton's names.
_LIMBS = {
    f'{side}_{joint}': (f'{letter}_{start}', f'{letter}_{end}')
    for side, letter in (('left', 'L'), ('right', 'R'))
    for joint, start, end in (('shoulder', 'Shoulder',
                               'Elbow'), ('elbow', 'Elbow', 'Wrist'),
                              ('hip', 'Hip', 'Knee'), ('knee', 'Knee',
                                                       'Ankle'))
}


class SwingIK(nn.Module):
    """Root and limb rotations of a skeleton, frame by frame.

    The root takes the torso's turn; shoulders, elbows, hips and knees take
    the shortest turn of their rest direction onto the bone seen (HybrIK's
    swing, arXiv:2011.14672). Spine, collars, neck, wrists and feet are not
    shown by the skeleton's straight bones: they rest, or do as told. No
    gradient flows to the joints: it would be unbounded where a limb points
    against its rest direction.

    Args:
        body_model: Body whose rest directions count; not kept.
        joint_set: Set of the ``K`` joints.

    Attributes:
        swung: The ``L`` body joints that are swung.
        hidden: The body joints that the skeleton does not show.
    """

    def __init__(self, body_model: BodyModel, joint_set: str) -> None:
        super().__init__()
        joints, body = get_joint_set(joint_set), get_joint_set('smpl24')
        self.parents = body_model.parents[:len(body)]
        self.torso = joints.index('L_Hip', 'R_Hip', 'Pelvis', 'Neck')
        self.swung = body.index(*_LIMBS)
        self.hidden = sorted(set(range(1, len(body))) - set(self.swung))
        self.limbs = [joints.index(*ends) for ends in _LIMBS.values()]
        rest = body_model.rest_joints(
            body_model.v_template.new_zeros(body_model.num_betas),
            joint_set).float()
        start, end = torch.tensor(self.limbs).T
        direction = rest[end] - rest[start]
        self.register_buffer(
            'direction',
            direction / direction.norm(dim=-1, keepdim=True),
            persistent=False)

    def forward(self,
                joints3d: Tensor,
                twist: Optional[Tensor] = None,
                hidden: Optional[Tensor] = None) -> Tensor:
        """Rotations ``(..., 24, 3, 3)``, parent-relative.

        Args:
            joints3d: ``(..., K, 3)`` metres.
            twist: ``(..., L, 2)`` unit (cos, sin) of the turn of each
                ``swung`` joint about its bone, taken before the swing; none
                when None.
            hidden: ``(..., H, 3, 3)`` rotations of the ``hidden`` joints;
                the identity when None.

        Whatever the twists and hidden rotations are, the limbs point where
        the joints say: a swing makes up for what comes before it.
        """
        joints3d = joints3d.detach()
        torso = torso_rotation(joints3d, *self.torso)
        local, world = {0: torso}, {0: torso}
        for joint, parent in list(enumerate(self.parents))[1:]:
            if joint in self.swung:
                limb = self.swung.index(joint)
                turn = self._swing(joints3d, world[parent], limb)
                if twist is not None:
                    turn = turn @ self._twist(twist[..., limb, :], limb)
            elif hidden is not None:
                turn = hidden[..., self.hidden.index(joint), :, :]
            else:
                turn = torch.eye(3).to(torso).expand_as(torso)
                world[joint] = world[parent]
            local[joint] = turn
            if joint not in world:
                world[joint] = world[parent] @ turn
        return torch.stack([local[j] for j in range(len(local))], -3)

    def _swing(self, joints3d: Tensor, base: Tensor, limb: int) -> Tensor:
        """Shortest turn of a limb onto the joints, seen from its base."""
        start, end = self.limbs[limb]
        bone = joints3d[..., end, :] - joints3d[..., start, :]
        bone = bone / bone.norm(dim=-1, keepdim=True).clamp(min=1e-6)
        seen = (base.mT @ bone[..., None])[..., 0]
        return shortest_rotation(self.direction[limb].expand_as(seen), seen)

    def _twist(self, cos_sin: Tensor, limb: int) -> Tensor:
        angle = torch.atan2(cos_sin[..., 1], cos_sin[..., 0])
        return roma.rotvec_to_rotmat(angle[..., None] * self.direction[limb])


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
