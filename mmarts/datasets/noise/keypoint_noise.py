# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Errors that a 2D detector makes, drawn onto exact keypoints."""
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from mmarts.registry import TRANSFORMS
from mmarts.structures import JointSet
from ..random_draws import Draws

# How far a detector errs at a joint, against the average joint. Limbs that
# move fast and hips, which have no mark on the skin, are the hardest.
JOINT_SPREAD = dict(wrist=1.4, ankle=1.3, hip=1.2, elbow=1.1, knee=1.1)
OTHER_SPREAD = 0.8
# Joints that are taken for those of the other side together.
SWAPPED_PARTS = (('shoulder', 'elbow', 'wrist'), ('hip', 'knee', 'ankle'), ())
# A joint of this spread (fraction of the person's height) scores one half.
HALF_SCORE_SPREAD = 0.02


@dataclass
class DrawnNoise:
    """Noise of ``B`` tracks of ``T`` frames and ``K`` joints.

    Args:
        offset: ``(B, T, K, 2)``, fraction of a standing person's height.
        score: ``(B, T, K)`` in [0, 1]; 0 is a miss.
        source: ``(B, T, K)`` long: the joint whose place is reported.
    """

    offset: Tensor
    score: Tensor
    source: Tensor


@TRANSFORMS.register_module()
class KeypointNoise:
    """Spread, bias, jitter that is smooth in time, misses and side swaps.

    The spread of a joint is the track's level, times that of its kind (a
    wrist is harder than a nose), times a factor of its own. The score falls
    with the spread, so it says what a detector's confidence says: how far
    this joint may be off, not how far it is.

    Args:
        max_std: A track's level is even in [0, max_std], as a fraction of a
            standing person's height in the picture.
        clean: Chance of a track without any error.
        constant: Part of the variance that a joint keeps over the track.
        correlation: Of the rest, from one frame to the next.
        uncertainty: Standard deviation of the logarithm of a joint's factor.
        miss: Chance that a joint of a frame is missed; misses come in runs.
        swap: Chance of a run of frames whose arms, legs or all joints are
            reported for those of the other side.
    """

    def __init__(self,
                 max_std: float = 0.015,
                 clean: float = 0.0,
                 constant: float = 0.5,
                 correlation: float = 0.6,
                 uncertainty: float = 0.4,
                 miss: float = 0.01,
                 swap: float = 0.0) -> None:
        self.max_std, self.clean, self.constant = max_std, clean, constant
        self.correlation, self.uncertainty = correlation, uncertainty
        self.miss, self.swap = miss, swap

    def __call__(self, draws: Draws, num_frames: int,
                 joint_set: JointSet) -> DrawnNoise:
        """Draw the errors of one track a sample."""
        num_joints = len(joint_set)
        dirty = ~draws.chance(self.clean)
        level = draws.between(0, self.max_std) * dirty
        factor = (self.uncertainty * draws.normal(num_joints)).exp()
        spread = level[:, None] * _joint_spread(joint_set) * factor
        bias = self.constant**0.5 * draws.normal(1, num_joints, 2)
        jitter = (1 - self.constant)**0.5 * self._smooth(
            draws.normal(num_frames, num_joints, 2))
        offset = spread[:, None, :, None] * (bias + jitter)

        unsure = (spread / HALF_SCORE_SPREAD)[:, None]
        score = 1 / (1 + unsure**2 * draws.between(0.6, 1.4, num_frames, 1))
        missed = self._smooth(draws.normal(num_frames, num_joints))
        missed = missed < torch.special.ndtri(torch.tensor(self.miss))
        source, swapped = self._swaps(draws, num_frames, joint_set)
        hit = dirty[:, None, None]
        score = torch.where(hit & swapped, 0.7 * score, score)
        own = torch.arange(num_joints).expand_as(source)
        return DrawnNoise(offset, torch.where(hit & missed, 0., score),
                          torch.where(hit, source, own))

    def place(self, drawn: DrawnNoise, *_) -> tuple[Tensor, Tensor]:
        """Errors and scores, whatever the pose."""
        return drawn.offset, drawn.score

    def _smooth(self, white: Tensor) -> Tensor:
        """White noise ``(B, T, ...)`` to unit variance, correlated."""
        mix = autoregression(white.shape[1], self.correlation)
        return (mix @ white.flatten(2)).view_as(white)

    def _swaps(self, draws: Draws, num_frames: int,
               joint_set: JointSet) -> tuple[Tensor, Tensor]:
        """Which joint is reported for which, and where that is another."""
        begin = draws.between(-0.5, 1.0) * num_frames
        length = draws.between(0.1, 0.6) * num_frames
        swaps = draws.chance(self.swap)
        part = (draws.uniform() * len(SWAPPED_PARTS)).long()
        time = torch.arange(num_frames)
        during = ((time >= begin[:, None]) & (time < (begin + length)[:, None])
                  & swaps[:, None])
        partner = swapped_partners(joint_set)[part]
        own = torch.arange(len(joint_set))
        source = torch.where(during[..., None], partner[:, None], own)
        return source, source != own


@lru_cache
def _joint_spread(joint_set: JointSet) -> Tensor:
    return torch.tensor([
        next((s for part, s in JOINT_SPREAD.items() if part in name.lower()),
             OTHER_SPREAD) for name in joint_set.joints
    ])


@lru_cache
def swapped_partners(joint_set: JointSet) -> Tensor:
    """Joint reported instead, for each of the swapped parts: ``(P, K)``."""
    return torch.tensor([[
        other if not part or any(p in name.lower() for p in part) else own
        for own, (
            name,
            other) in enumerate(zip(joint_set.joints, joint_set.flip_indices))
    ] for part in SWAPPED_PARTS])


@lru_cache
def autoregression(length: int, correlation: float) -> Tensor:
    """White to stationary first-order noise: ``(T, T)``, rows of norm 1."""
    time = torch.arange(length)
    lag = time[:, None] - time
    mix = torch.where(lag >= 0, correlation**lag.clamp(min=0).double(), 0.)
    mix[:, 1:] *= (1 - correlation**2)**0.5
    return mix.float()
