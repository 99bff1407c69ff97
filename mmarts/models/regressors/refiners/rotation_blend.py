# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Rotations averaged over neighbouring frames."""
import torch
from torch import Tensor, nn

from mmarts.utils.precision import widened


class RotationBlend(nn.Module):
    """Each joint's rotation averaged with those of neighbouring frames.

    How much each frame counts is told by the fused feature, a softmax over
    the frames, as in a dynamic convolution (arXiv:1901.10430). Keypoints
    that shake so need not shake the body, and still ones stay as they are.

    Args:
        fused_dim: Channels of the fused feature.
        num_joints: Joints ``J`` of the body model.
        reach: Frames before and after; those outside the window count
            nothing.
    """

    def __init__(self, fused_dim: int, num_joints: int, reach: int) -> None:
        super().__init__()
        offsets = torch.arange(-reach, reach + 1)
        self.register_buffer('offsets', offsets, persistent=False)
        self.weights = nn.Linear(fused_dim, num_joints * len(offsets))
        nn.init.zeros_(self.weights.weight)
        # It begins with nine tenths of the frame itself.
        with torch.no_grad():
            self.weights.bias.copy_(-3. * offsets.abs().repeat(num_joints))

    def forward(self, fused: Tensor, rot6d: Tensor) -> Tensor:
        """Averages ``(B, T, J, 6)``, made orthonormal where they are used.

        Args:
            fused: ``(B, T, C)``.
            rot6d: ``(B, T, J, 6)``.
        """
        num_frames, num_joints = rot6d.shape[1:3]
        frames = torch.arange(num_frames, device=rot6d.device)
        frames = frames[:, None] + self.offsets
        outside = (frames < 0) | (frames >= num_frames)
        weights = widened(self.weights(fused)).unflatten(-1, (num_joints, -1))
        weights = weights.masked_fill(outside[:, None], -torch.inf).softmax(-1)
        around = rot6d[:, frames.clamp(0, num_frames - 1)]
        # Not a matrix product, which autocast would round.
        return (weights.movedim(-1, 2)[..., None] * around).sum(2)

    def frames_alone(self) -> dict[str, Tensor]:
        """Weights by name with which no frame hears of another."""
        state = {k: torch.zeros_like(v) for k, v in self.state_dict().items()}
        bias = state['weights.bias'].unflatten(0, (-1, len(self.offsets)))
        bias[:, self.offsets != 0] = -1e4
        return state
