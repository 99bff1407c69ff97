# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""All clips of a split in one array: windows are drawn and read together."""
import roma
import torch
from torch import Tensor

from mmarts.structures import get_joint_set
from ..random_draws import Draws
from .motion_clips import MotionClip

_SMPL = get_joint_set('smpl24')
# Parts of the body that move by themselves; the root stays with its clip.
SPLICED_PARTS = (
    _SMPL.index('left_collar', 'left_shoulder', 'left_elbow', 'left_wrist',
                'left_hand'),
    _SMPL.index('right_collar', 'right_shoulder', 'right_elbow', 'right_wrist',
                'right_hand'),
    _SMPL.index('left_hip', 'left_knee', 'left_ankle', 'left_foot',
                'right_hip', 'right_knee', 'right_ankle', 'right_foot'),
    _SMPL.index('spine1', 'spine2', 'spine3', 'neck', 'head'),
)
# A quaternion (x, y, z, w) in the mirror at the plane x = 0.
MIRROR_SIGN = torch.tensor([1., -1., -1., 1.])
MIRROR_PARTNER = _SMPL.flip_indices


class MotionBank:
    """Frames of many clips, at one frame rate.

    Args:
        clips: At least one.

    Attributes:
        quats: ``(N, 24, 4)`` parent-relative (x, y, z, w), w >= 0.
        root: ``(N, 3)`` metres.
        low, high: ``(24, 3)``: what the vector parts of ``quats`` keep
            within, but for one frame in a thousand on each side.
    """

    def __init__(self, clips: list[MotionClip]) -> None:
        rotmats = torch.cat([c.rotmats for c in clips])
        self.quats = canonical(roma.rotmat_to_unitquat(rotmats))
        self.root = torch.cat([c.root for c in clips])
        self.length = torch.tensor([len(c) for c in clips])
        self.first = self.length.cumsum(0) - self.length
        ordered = self.quats[..., :3].sort(dim=0).values
        margin = len(ordered) // 1000
        self.low, self.high = ordered[margin], ordered[-1 - margin]

    def draw(self, draws: Draws, num_frames: int,
             speed: Tensor) -> tuple[Tensor, Tensor]:
        """Draw a window a sample; a clip is as likely as it is long.

        Args:
            draws: The samples' random numbers.
            num_frames: Window length ``T``.
            speed: ``(B,)``, frames of the clip a frame of the window; less
                where the clip is too short.

        Returns:
            Clips ``(B,)``, and rows ``(B, T)`` float64 between frames.
        """
        windows = (self.length - num_frames + 1).clamp(min=1).double()
        ends = windows.cumsum(0) / windows.sum()
        clip = torch.searchsorted(ends, draws.uniform().double())
        room = self.length[clip].double() - 1
        span = ((num_frames - 1) * speed.double()).minimum(room)
        begin = self.first[clip] + draws.uniform() * (room - span)
        step = span / max(num_frames - 1, 1)
        return clip, begin[:, None] + torch.arange(num_frames) * step[:, None]

    def splice(self, draws: Draws, rows: Tensor, speed: Tensor,
               probability: float) -> Tensor:
        """Let parts of the body follow other windows.

        Args:
            draws: The samples' random numbers.
            rows: ``(B, T)`` of the window.
            speed: ``(B,)``, as in :meth:`draw`.
            probability: Of each part on its own.

        Returns:
            ``(B, T, 24)`` rows of every joint.
        """
        rows = rows[..., None].repeat(1, 1, len(_SMPL))
        for part in SPLICED_PARTS:
            other = self.draw(draws, rows.shape[1], speed)[1][..., None]
            taken = draws.chance(probability)[:, None, None]
            rows[..., part] = torch.where(taken, other, rows[..., part])
        return rows

    def quats_at(self, rows: Tensor) -> Tensor:
        """Rotations ``(B, T, 24, 4)`` at rows ``(B, T, 24)``.

        Between two frames along the chord, which at 30 fps differs from the
        geodesic by less than the capture's noise.
        """
        before, after, step = self._neighbours(rows)
        joint = torch.arange(rows.shape[-1])
        start, end = self.quats[before, joint], self.quats[after, joint]
        near = (start * end).sum(-1, keepdim=True) < 0
        mixed = start + step[..., None] * (
            torch.where(near, -end, end) - start)
        return mixed / mixed.norm(dim=-1, keepdim=True)

    def root_at(self, rows: Tensor) -> Tensor:
        """Root places ``(B, T, 3)`` at rows ``(B, T)``, metres."""
        before, after, step = self._neighbours(rows)
        return torch.lerp(self.root[before], self.root[after], step[..., None])

    def _neighbours(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        before = rows.long()
        after = (before + 1).clamp(max=len(self.quats) - 1)
        return before, after, (rows - before).float()

    def disturbed(self, quats: Tensor, turn: Tensor) -> Tensor:
        """Turn joints by a little, within what the clips' joints do.

        Args:
            quats: ``(B, T, 24, 4)``.
            turn: ``(B, 1, 24, 3)`` rotation vectors, radians.

        Returns:
            ``(B, T, 24, 4)``. A joint that was beyond the limits may stay
            where it was, and gets no further.
        """
        before = canonical(quats)[..., :3]
        after = canonical(
            roma.quat_product(quats, roma.rotvec_to_unitquat(turn)))[..., :3]
        vector = after.clamp(
            before.minimum(self.low), before.maximum(self.high))
        square = vector.square().sum(-1, keepdim=True)
        quats = torch.cat([vector, (1 - square).clamp(min=0).sqrt()], -1)
        # Clamping one axis alone can leave more than a half turn.
        return quats / quats.norm(dim=-1, keepdim=True)


def canonical(quats: Tensor) -> Tensor:
    """The quaternion of the two of a rotation that has w >= 0."""
    return torch.where(quats[..., 3:] < 0, -quats, quats)


def mirrored(quats: Tensor, root: Tensor) -> tuple[Tensor, Tensor]:
    """The motion in a mirror at the plane x = 0: an involution.

    Args:
        quats: ``(..., 24, 4)`` of SMPL's joints, (x, y, z, w).
        root: ``(..., 3)``.
    """
    return (quats[..., MIRROR_PARTNER, :] * MIRROR_SIGN,
            root * torch.tensor([-1., 1., 1.]))
