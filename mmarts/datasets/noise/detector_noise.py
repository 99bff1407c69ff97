# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Errors of the shipped 2D detector, as measured on rendered bodies."""
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Optional

import torch
from torch import Tensor

from mmarts.body_models.shifted_regressor import shifted_regressor
from mmarts.registry import TRANSFORMS
from mmarts.structures import JointSet, get_joint_set
from ..random_draws import Draws
from .keypoint_noise import autoregression, swapped_partners
from .self_occlusion import hidden_joints

DETECTOR_FILE = Path(__file__).parents[2] / 'assets' / 'detector_noise.json'
# What the two sides share.
KINDS = ('Nose', 'Eye', 'Ear', 'Shoulder', 'Elbow', 'Wrist', 'Hip', 'Knee',
         'Ankle', 'Pelvis', 'Neck')
# How the trunk is seen, by the cosine between its front and the camera.
VIEWS = ('front', 'side', 'back')
_SIDE = 0.5
# Quantiles that describe the scores of a joint.
NUM_RANKS = 11
# The detector derives these from others.
MEANS = dict(Pelvis=('L_Hip', 'R_Hip'), Neck=('L_Shoulder', 'R_Shoulder'))


def kind_and_side(name: str) -> tuple[str, str]:
    """``'L_Hip'`` to ``('Hip', 'left_')``; a middle joint has side ``''``."""
    prefix, _, rest = name.partition('_')
    return rest or prefix, dict(L='left_', R='right_').get(prefix, '')


@lru_cache
def kind_of_joints(joint_set: str) -> Tensor:
    """Index into :data:`KINDS` of every joint of COCO-19: ``(19,)``."""
    return torch.tensor([
        KINDS.index(kind_and_side(name)[0])
        for name in get_joint_set(joint_set).joints
    ])


def view_of_facing(cosine):
    """Index into :data:`VIEWS` of a cosine between trunk and camera.

    Args:
        cosine: Array or tensor; 1 for a person who looks at the camera.
    """
    return (cosine < _SIDE) * 1 + (cosine < -_SIDE) * 1


@dataclass
class DetectorDraws:
    """What chance decided about ``B`` tracks of ``T`` frames, ``K`` joints.

    Args:
        unit: ``(B, T, K, 2)`` errors, in spreads.
        rank: ``(B, T, K)`` place of the score among its like, [0, 1].
        source: ``(B, T, K)`` long: the joint whose place is reported.
        lost: ``(B, T)`` bool: nobody was found.
        exact: ``(B, T)`` bool: no error at all.
    """

    unit: Tensor
    rank: Tensor
    source: Tensor
    lost: Tensor
    exact: Tensor


@TRANSFORMS.register_module()
class DetectorNoise:
    """Spread by joint, view and occlusion; swaps, misses and scores.

    Every number comes from ``tools/measure_detector.py``: FreeMotion bodies,
    rendered, seen by the detector that ships with mmarts. An error is the
    spread of its joint under this view, hidden by the body or not, times a
    level of the track, times a level of the joint; part of it stays for the
    whole track and the rest follows itself from frame to frame. Scores have
    the measured distribution of their joint and fall with its level. See
    ``docs/freemotion.md``.

    Args:
        clean: Chance of a track without any error.
        strength: Limits of a factor on all errors of a track.
        file: JSON of the measurement; the one that ships by default.
    """

    def __init__(self,
                 clean: float = 0.0,
                 strength: tuple = (1.0, 1.0),
                 file: str = '') -> None:
        self.clean, self.strength = clean, tuple(strength)
        self.numbers = json.loads(Path(file or DETECTOR_FILE).read_text())
        self.spread = torch.tensor(self.numbers['spread'])
        self.score = torch.tensor(self.numbers['score'])

    def __call__(self, draws: Draws, num_frames: int,
                 joint_set: JointSet) -> DetectorDraws:
        """Draw what does not depend on the pose, one track a sample."""
        n, count = self.numbers, len(joint_set)
        exact = draws.chance(self.clean)
        strength = draws.between(*self.strength)
        level = n['level_std'] * draws.normal(1)
        joint = n['joint_std'] * draws.normal(count)
        factor = strength[:, None] * (level + joint).exp()
        bias = n['constant']**0.5 * draws.normal(1, count, 2)
        jitter = (1 - n['constant'])**0.5 * _smooth(
            draws.normal(num_frames, count, 2), n['correlation'])
        # Large errors have low scores, as far as that was measured.
        share = n['score_error_correlation']
        size = (level + joint) / (n['level_std']**2 + n['joint_std']**2)**0.5
        rank = share * size[:, None] + (1 - share**2)**0.5 * _smooth(
            draws.normal(num_frames, count), n['score_correlation'])
        rates, frames = [*n['swap'],
                         n['lost']], [*n['swap_frames'], n['lost_frames']]
        events = _runs(draws.uniform(num_frames, len(rates)), rates, frames)
        shape = (len(level), num_frames)
        exact = exact[:, None].expand(shape)
        own = torch.arange(count).expand(*shape, count)
        source = own
        for part, swaps in enumerate(events[..., :-1].unbind(-1)):
            partner = swapped_partners(joint_set)[part]
            source = torch.where(swaps[..., None], partner, source)
        return DetectorDraws(factor[:, None, :, None] * (bias + jitter),
                             torch.special.ndtr(rank),
                             torch.where(exact[..., None], own, source),
                             events[..., -1] & ~exact, exact)

    def regressor(self, body) -> Tensor:
        """Where the detector puts COCO-19 on a body: ``(19, V)``.

        Args:
            body: Of the SMPL family.
        """
        names, skeleton = get_joint_set('coco19'), get_joint_set('smpl24')
        offsets, owners = torch.zeros(len(names), 3), [0] * len(names)
        for joint, name in enumerate(names.joints):
            kind, side = kind_and_side(name)
            if kind not in MEANS:
                offset = torch.tensor(self.numbers['offsets'][kind])
                mirror = torch.tensor([-1. if side == 'right_' else 1., 1, 1])
                offsets[joint] = offset * mirror
                owner = self.numbers['owners'][kind].format(side)
                owners[joint] = skeleton.index(owner)[0]
        matrix = shifted_regressor(
            body.regressor('coco19'), offsets, owners, body.weights,
            body.v_template)
        for name, sources in MEANS.items():
            pair = names.index(*sources)
            matrix[names.index(name)] = matrix[pair].mean(0)
        return matrix

    def place(self, drawn: DetectorDraws, joints: Tensor,
              facing: Tensor) -> tuple[Tensor, Tensor]:
        """Errors and scores of people in these poses.

        Args:
            drawn: What was drawn for them.
            joints: ``(B, T, 19, 3)`` COCO-19, metres, camera frame.
            facing: ``(B, T)`` cosine between trunk and camera.

        Returns:
            ``(B, T, K, 2)`` fractions of a standing person's height, and
            scores ``(B, T, K)``.
        """
        kind = kind_of_joints('coco19').expand(joints.shape[:-1])
        hidden = hidden_joints(joints).long()
        view = view_of_facing(facing)[..., None].expand_as(kind)
        error = drawn.unit * self.spread[kind, view, hidden][..., None]
        place = drawn.rank * (NUM_RANKS - 1)
        low = place.long().clamp(max=NUM_RANKS - 2)
        score = torch.lerp(self.score[kind, hidden, low],
                           self.score[kind, hidden, low + 1], place - low)
        names = get_joint_set('coco19')
        for name, sources in MEANS.items():
            joint, pair = names.index(name), names.index(*sources)
            error[..., joint, :] = error[..., pair, :].mean(-2, keepdim=True)
            score[..., joint] = score[..., pair].amin(-1, keepdim=True)
        exact = drawn.exact[..., None]
        score = torch.where(exact, 1., score) * ~drawn.lost[..., None]
        return torch.where(exact[..., None], 0., error), score


def _smooth(white: Tensor, correlation: float) -> Tensor:
    """White noise ``(B, T, ...)`` to unit variance, correlated."""
    mix = autoregression(white.shape[1], correlation)
    return (mix @ white.flatten(2)).view_as(white)


def _runs(uniform: Tensor, rates: list, lengths: list) -> Tensor:
    """Two-state chains with these shares of time and mean lengths.

    Args:
        uniform: ``(B, T, E)`` in [0, 1).
        rates: Share of the frames of each of the ``E`` events.
        lengths: Mean frames of a run.
    """
    rate, stay = torch.tensor(rates), 1 - 1 / torch.tensor(lengths)
    enter = rate * (1 - stay) / (1 - rate)
    state: Optional[Tensor] = None
    states = []
    for chance in uniform.unbind(1):
        state = chance < (
            rate if state is None else torch.where(state, stay, enter))
        states.append(state)
    return torch.stack(states, 1)
