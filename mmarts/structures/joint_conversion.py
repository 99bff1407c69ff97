# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Joints of one set from those of another, and which cannot be had."""
from dataclasses import dataclass
from functools import lru_cache
from typing import Union

import numpy as np
import torch
from torch import Tensor

from .joint_set import JointSet
from .joints import get_joint_set

Array = Union[np.ndarray, Tensor]

# What a joint of the target is made of.
SAME, NEAR, MIDPOINT, MISSING = 'same', 'near', 'midpoint', 'missing'
# Points that are two others' midpoint by their definition.
_MIDPOINTS = {
    'Mid_Hip': ('L_Hip', 'R_Hip'),
    'Mid_Shoulder': ('L_Shoulder', 'R_Shoulder'),
}
# Points a few centimetres apart that datasets label one for another; the
# first of a group that the source has is taken.
_NEAR = (('Pelvis', 'Mid_Hip', 'Pelvis_Joint'),
         ('Thorax', 'Mid_Shoulder', 'Neck', 'Neck_Joint'),
         ('Head_Top', 'Head'), ('Nose', 'Jaw'),
         ('Spine', 'Spine2', 'Belly')) + tuple(
             (f'{s}_Foot', f'{s}_Foot_Base', f'{s}_Toe_Base', f'{s}_Big_Toe')
             for s in 'LR') + tuple(
                 (f'{s}_Collar', f'{s}_Clavicle') for s in 'LR')
_OPENPOSE = 'OP_'


@dataclass(frozen=True)
class JointConversion:
    """How each joint of a target set is had from a source set.

    Joints are told apart by their anatomical points
    (:attr:`JointSet.anatomy`): *same* means the same point by
    name, although annotators of two datasets may place it centimetres apart.

    Args:
        source: Set that there is.
        target: Set asked for.
        rows: For every joint of the target the one or two joints of the
            source whose mean it is; empty where it has no counterpart.
        kinds: For every joint of the target ``'same'``, ``'near'``,
            ``'midpoint'`` or ``'missing'``.
    """

    source: JointSet
    target: JointSet
    rows: tuple[tuple[int, ...], ...]
    kinds: tuple[str, ...]

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """Joints of the target that are made in that way."""
        return tuple(j for j, k in zip(self.target.joints, self.kinds)
                     if k == kind)

    @property
    def missing(self) -> tuple[str, ...]:
        """Joints of the target without a counterpart."""
        return self.of_kind(MISSING)

    def points(self, points: Array) -> Array:
        """``(..., K_source, C)`` to ``(..., K_target, C)``, same dtype.

        Missing joints are zeros: mask them by :meth:`scores`.
        """
        first, second = self._halves(points, -2)
        mean = points[..., first, :]
        if first != second:
            mean = (mean + points[..., second, :]) / 2
        mean[..., self._absent(), :] = 0
        return mean

    def scores(self, scores: Array) -> Array:
        """Masks or confidences ``(..., K)``: the lower of two, 0 if missing.
        """
        first, second = self._halves(scores, -1)
        lower = torch.minimum if torch.is_tensor(scores) else np.minimum
        least = scores[..., first]
        if first != second:
            least = lower(least, scores[..., second])
        least[..., self._absent()] = 0
        return least

    def report(self) -> str:
        """What is lost and what is only approximate, in a sentence each."""
        same = len(self.of_kind(SAME))
        lines = [
            f'{self.source.name} -> {self.target.name}: {same} of '
            f'{len(self.target)} joints are the same.'
        ]
        for kind, words in ((NEAR, 'taken from a neighbouring point'),
                            (MIDPOINT, 'made as a midpoint'),
                            (MISSING, 'without a counterpart')):
            if self.of_kind(kind):
                lines.append(f'{words}: {", ".join(self.of_kind(kind))}.')
        return ' '.join(lines)

    def _halves(self, like: Array, axis: int) -> tuple[list[int], list[int]]:
        if like.ndim < -axis or like.shape[axis] != len(self.source):
            raise ValueError(
                f'{self.source.name} has {len(self.source)} joints, but what '
                f'should be converted is {tuple(like.shape)}.')
        rows = [row or (0, ) for row in self.rows]
        return [row[0] for row in rows], [row[-1] for row in rows]

    def _absent(self) -> list[int]:
        return [i for i, k in enumerate(self.kinds) if k == MISSING]


def convert_joints(source: str,
                   target: str,
                   near: bool = True) -> JointConversion:
    """Plan the conversion from one joint set to another.

    Args:
        source: Name of a joint set, see :func:`get_joint_set`.
        target: Likewise.
        near: Whether a joint may be taken from a neighbouring point (H36M's
            thorax for LSP's neck), or be missing.

    Raises:
        KeyError: If there is no such joint set.
        ValueError: If the sets share no joint.
    """
    return _convert(get_joint_set(source), get_joint_set(target), near)


@lru_cache(maxsize=None)
def _convert(source: JointSet, target: JointSet,
             near: bool) -> JointConversion:
    # Of points that are there twice the later counts: in SPIN's 49 that is
    # the annotated one. The very same name comes first.
    where = {point: i for i, point in enumerate(source.anatomy)}
    names = {joint: i for i, joint in enumerate(source.joints)}
    rows, kinds = [], []
    for joint, point in zip(target.joints, target.anatomy):
        same_name = names.get(joint)
        if same_name is not None and source.anatomy[same_name] == point:
            row, kind = (same_name, ), SAME
        else:
            row, kind = _find(point, where, near)
        rows.append(row)
        kinds.append(kind)
    if not any(rows):
        raise ValueError(f'Joint sets "{source.name}" and "{target.name}" '
                         'have no joint in common.')
    return JointConversion(source, target, tuple(rows), tuple(kinds))


def _find(point: str, where: dict[str, int],
          near: bool) -> tuple[tuple[int, ...], str]:
    if point in where:
        return (where[point], ), SAME
    if point in _MIDPOINTS and set(_MIDPOINTS[point]) <= set(where):
        return tuple(where[p] for p in _MIDPOINTS[point]), MIDPOINT
    if near:
        for other in _neighbours(point):
            if other in where:
                return (where[other], ), NEAR
        for other in _neighbours(point):
            if set(_MIDPOINTS.get(other, ('', ))) <= set(where):
                return tuple(where[p] for p in _MIDPOINTS[other]), MIDPOINT
    return (), MISSING


def _neighbours(point: str) -> list[str]:
    """Points that may stand in, the nearest first."""
    plain = point.removeprefix(_OPENPOSE)
    # What OpenPose calls so is the middle of the shoulders.
    plain = 'Mid_Shoulder' if point == _OPENPOSE + 'Neck' else plain
    group = next((g for g in _NEAR if plain in g), (plain, ))
    group = (plain, ) + tuple(p for p in group if p != plain)
    return [p for g in group for p in (g, _OPENPOSE + g) if p != point]
