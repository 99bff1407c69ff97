# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Poses that motion capture of walking and sports lacks, and ways there."""
import roma
import torch
from torch import Tensor

from mmarts.structures import get_joint_set
from ..random_draws import Draws
from .motion_bank import MIRROR_PARTNER, MIRROR_SIGN

_SMPL = get_joint_set('smpl24')
# Kind of pose -> joint -> lowest and highest rotation vector, degrees, of a
# left or middle joint; the right side draws for itself from the mirror image
# of these. x is left, y up, z forward: a thigh lifts forward by -x, a knee
# bends by +x, an arm of the T-pose sinks by -z and reaches forward by -y.
_ARMS_DOWN = dict(
    left_shoulder=((-20, -60, -85), (20, 10, -35)),
    left_elbow=((-10, -110, -10), (10, 0, 10)))
_ARMS_ANY = dict(
    left_shoulder=((-40, -110, -80), (40, 30, 85)),
    left_elbow=((-15, -130, -15), (15, 0, 15)))
_TRUNK = dict(
    spine1=((-5, -10, -8), (15, 10, 8)),
    spine2=((-5, -10, -8), (12, 10, 8)),
    neck=((-15, -30, -10), (25, 30, 10)))
POSES = dict(
    reaching=dict(
        _TRUNK,
        **_ARMS_ANY,
        left_hip=((-20, -15, -3), (12, 15, 15)),
        left_knee=((0, 0, 0), (25, 0, 0)),
        spine3=((-5, -20, -10), (20, 20, 10))),
    sitting=dict(
        _TRUNK,
        **_ARMS_DOWN,
        left_hip=((-105, -15, -2), (-70, 15, 25)),
        left_knee=((50, -5, 0), (110, 5, 0))),
    squatting=dict(
        _TRUNK,
        **_ARMS_ANY,
        left_hip=((-125, -10, 0), (-85, 15, 30)),
        left_knee=((95, 0, 0), (140, 0, 0)),
        left_ankle=((-35, 0, 0), (-10, 0, 0))),
    kneeling=dict(
        _TRUNK,
        **_ARMS_ANY,
        left_hip=((-95, -10, -2), (10, 10, 15)),
        left_knee=((85, 0, 0), (140, 0, 0)),
        left_ankle=((0, 0, 0), (45, 0, 0))),
    lying=dict(
        _TRUNK,
        **_ARMS_ANY,
        left_hip=((-70, -20, -5), (5, 20, 25)),
        left_knee=((0, 0, 0), (95, 0, 0))))
# Kind of pose -> lowest and highest tilt of the whole body about x, degrees.
# Who lies has the back or (by a coin) the front up.
ROOT_TILT = dict(
    reaching=(-5, 25),
    sitting=(-20, 15),
    squatting=(0, 35),
    kneeling=(-5, 30),
    lying=(-100, -75))
# Height of the root above the floor, metres.
ROOT_HEIGHT = dict(
    reaching=0.92, sitting=0.5, squatting=0.4, kneeling=0.55, lying=0.15)


class PoseSampler:
    """Draws two poses and a smooth path from one to the other.

    Args:
        duration: Seconds that the path takes, lowest and highest. A window
            may begin before the path does and end after it.
    """

    def __init__(self, duration: tuple = (0.5, 2.5)) -> None:
        self.duration = tuple(duration)
        kinds = list(POSES)
        limits = torch.zeros(2, len(kinds), len(_SMPL), 3)
        for i, kind in enumerate(kinds):
            for name, (low, high) in POSES[kind].items():
                joint, = _SMPL.index(name)
                partner = MIRROR_PARTNER[joint]
                for target in {joint, partner}:
                    limits[0, i, target] = torch.tensor(low).float()
                    limits[1, i, target] = torch.tensor(high).float()
            limits[:, i, 0, 0] = torch.tensor(ROOT_TILT[kind]).float()
        self.low, self.high = torch.deg2rad(limits)
        self.height = torch.tensor([ROOT_HEIGHT[k] for k in kinds])
        self.lying = kinds.index('lying')
        right = [n.startswith('right') for n in _SMPL.joints]
        self.sign = torch.where(
            torch.tensor(right)[:, None], MIRROR_SIGN[:3], torch.ones(3))

    def __call__(self, draws: Draws, num_frames: int,
                 fps: float) -> tuple[Tensor, Tensor]:
        """Draw a window a sample.

        Returns:
            Rotations ``(B, T, 24, 4)``, parent-relative (x, y, z, w), and
            root places ``(B, T, 3)``, metres, floor at y = 0.
        """
        (start, low), (end, high) = self._pose(draws), self._pose(draws)
        duration = draws.between(*self.duration)[:, None]
        begin = draws.between(-0.3, 1.0)[:, None]
        time = begin + torch.arange(num_frames) / (fps * duration)
        # Starts and ends at rest.
        ease = time.clamp(0, 1)
        ease = (ease * ease * (3 - 2 * ease))[..., None]
        near = (start * end).sum(-1, keepdim=True) < 0
        end = torch.where(near, -end, end)[:, None]
        quats = torch.lerp(start[:, None], end, ease[..., None])
        root = torch.zeros(*quats.shape[:2], 3)
        root[..., 1] = torch.lerp(low[:, None], high[:, None], ease[..., 0])
        return quats / quats.norm(dim=-1, keepdim=True), root

    def _pose(self, draws: Draws) -> tuple[Tensor, Tensor]:
        """Rotations ``(B, 24, 4)`` and root height ``(B,)`` of one pose."""
        kind = (draws.uniform() * len(self.height)).long()
        low, high = self.low[kind], self.high[kind]
        rotvec = low + (high - low) * draws.uniform(len(_SMPL), 3)
        prone = draws.chance(0.5) & (kind == self.lying)
        rotvec[:, 0] *= torch.where(prone, -1., 1.)[:, None]
        return (roma.rotvec_to_unitquat(rotvec * self.sign), self.height[kind])
