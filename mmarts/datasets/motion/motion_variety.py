# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Training windows that are wider than the clips they are drawn from."""
import torch
from torch import Tensor

from ..random_draws import Draws
from .motion_bank import MotionBank, mirrored
from .pose_sampler import PoseSampler


class MotionVariety:
    """Draws windows from a bank and varies them.

    Args:
        bank: The training clips.
        fps: Frame rate of the windows.
        mirror: Chance that a window is mirrored.
        splice: Chance, for each arm, the legs and the trunk, that a window
            takes it from another one: real motion is short.
        pose_std: Standard deviation, radians, of a rotation that each body
            joint keeps over a window, within what the joint does in the
            clips.
        speed: Lowest and highest speed of a window over its clip's.
        sampled: Chance of a window of :class:`PoseSampler` instead.
    """

    def __init__(self,
                 bank: MotionBank,
                 fps: float,
                 mirror: float = 0.0,
                 splice: float = 0.0,
                 pose_std: float = 0.0,
                 speed: tuple = (1.0, 1.0),
                 sampled: float = 0.0) -> None:
        self.bank, self.fps = bank, fps
        self.mirror, self.splice, self.pose_std = mirror, splice, pose_std
        self.speed, self.sampled = tuple(speed), sampled
        self.sample_poses = PoseSampler()

    def __call__(self, draws: Draws,
                 num_frames: int) -> tuple[Tensor, Tensor, Tensor]:
        """Draw a window a sample.

        Returns:
            Clips ``(B,)``, -1 for sampled poses; rotations ``(B, T, 24, 4)``
            (x, y, z, w); root places ``(B, T, 3)``, metres, floor at y = 0.
        """
        speed = draws.between(*self.speed)
        clip, rows = self.bank.draw(draws, num_frames, speed)
        root = self.bank.root_at(rows)
        quats = self.bank.quats_at(
            self.bank.splice(draws, rows, speed, self.splice))
        flip = draws.chance(self.mirror)
        quats, root = (torch.where(
            _like(flip, new), new,
            old) for new, old in zip(mirrored(quats, root), (quats, root)))
        if self.pose_std:
            turn = self.pose_std * draws.normal(1, quats.shape[2], 3)
            turn[:, :, 0] = 0  # the heading is drawn with the camera
            quats = self.bank.disturbed(quats, turn)
        if self.sampled:
            take = draws.chance(self.sampled)
            sampled = self.sample_poses(draws, num_frames, self.fps)
            quats, root = (torch.where(_like(take, new), new, old)
                           for new, old in zip(sampled, (quats, root)))
            clip = torch.where(take, -1, clip)
        return clip, quats, root


def _like(mask: Tensor, values: Tensor) -> Tensor:
    return mask.reshape(-1, *[1] * (values.dim() - 1))
