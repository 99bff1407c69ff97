# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Converted motion against its source: limb directions, feet, the floor."""
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from mmarts.body_models import FreeBody
from mmarts.body_models.kinematics import forward_kinematics
from mmarts.structures import BodyParams
from .retarget import LIMBS, SMPL

# Every limb's median must be nearer to the source than this.
MAX_LIMB_DEGREES = 5.0
# Percentile of the lowest sole over a clip that is set on the floor.
FLOOR_PERCENTILE = 5.0
# Vertices this near the ground in the T-pose are soles.
SOLE_METRES = 0.015
# A floor found in a clip is believed this near the source's own.
LAB_METRES, LAB_METRES_UNSCALED = 0.10, 0.30
STANDS_METRES = 0.02
# Only reported: the proportions of trunks differ.
REPORTED = dict(spine=('pelvis', 'neck'), neck=('neck', 'head'))


@dataclass
class TargetBody:
    """The free body in its mean shape.

    Args:
        body: In float64.
        rest: Joint -> ``(3,)`` in the T-pose, metres.
        soles: Indices of the vertices of both soles.
    """

    body: FreeBody
    rest: dict[str, np.ndarray]
    soles: torch.Tensor

    def joints(self, rotvec: np.ndarray, root: np.ndarray) -> np.ndarray:
        """Posed joints ``(F, 24, 3)``; the root joint is at ``root``."""
        rest = torch.tensor(np.stack([self.rest[n] for n in SMPL.joints]))
        joints = forward_kinematics(
            _rotmats(rotvec), rest - rest[0], self.body.parents)[1]
        return joints.numpy() + root[:, None]

    def lowest_sole(self, rotvec: np.ndarray, root: np.ndarray) -> np.ndarray:
        """Height of the lowest point of both soles: ``(F,)`` metres."""
        rotmats = _rotmats(rotvec)
        transl = torch.tensor(root - self.rest['pelvis'])
        betas = torch.zeros(len(root), self.body.num_betas).double()
        lowest = [
            self.body.vertices(
                BodyParams(rotmats[i:i + 512, :1], rotmats[i:i + 512, 1:],
                           betas[i:i + 512], transl[i:i + 512]),
                self.soles)[..., 1].amin(-1) for i in range(0, len(root), 512)
        ]
        return torch.cat(lowest).numpy()


@lru_cache
def target_body() -> TargetBody:
    """The body all motion is brought to."""
    body = FreeBody().double()
    rest = body.rest_joints(torch.zeros(body.num_betas).double()).numpy()
    height = body.v_template[:, 1]
    soles = torch.nonzero(height < height.min() + SOLE_METRES)[:, 0]
    return TargetBody(body, dict(zip(SMPL.joints, rest)), soles)


def direction_errors(joints: np.ndarray,
                     source: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Angles between segments of the body and of the source.

    Args:
        joints: ``(F, 24, 3)`` by the kinematics of the body.
        source: Joint -> ``(F, 3)`` by the kinematics of the source, the
            same frames.

    Returns:
        Limb (named by its first joint), ``spine`` and ``neck`` ->
        ``(F,)`` degrees. The last two hold what the rest poses differ by:
        where a skeleton has its trunk joints is a matter of taste.
    """
    index = {name: i for i, name in enumerate(SMPL.joints)}
    errors = {}
    for start, end in LIMBS:
        errors[start] = _angle(joints[:, index[end]] - joints[:, index[start]],
                               source[end] - source[start])
    for name, (start, end) in REPORTED.items():
        if start in source and end in source:
            errors[name] = _angle(
                joints[:, index[end]] - joints[:, index[start]],
                source[end] - source[start])
    return errors


def place_on_floor(rotvec: np.ndarray,
                   root: np.ndarray,
                   scaled: bool = True) -> tuple[np.ndarray, str]:
    """Put the feet of a clip on the floor, y = 0.

    The floor of a clip is where its lowest sole is, leaving out the lowest
    5 % of the frames. Where that is further off the floor of the source's
    world than legs and soles explain, nobody stands in the clip: a climber,
    a walker on rocks. The world's own floor is kept then.

    Args:
        rotvec: ``(F, 24, 3)``.
        root: ``(F, 3)`` metres, in the source's world.
        scaled: Whether the path was scaled to the legs of the body.

    Returns:
        Moved ``root``, and ``'feet'`` or ``'source'``: who gave the floor.
    """
    height = sole_height(target_body().lowest_sole(rotvec, root))
    if abs(height) > (LAB_METRES if scaled else LAB_METRES_UNSCALED):
        return root, 'source'
    return root - [0., height, 0.], 'feet'


def sole_height(lowest: np.ndarray) -> float:
    """Height of the floor under ``(F,)`` lowest soles, metres."""
    return float(np.percentile(lowest, FLOOR_PERCENTILE))


def check_clip(rotvec: np.ndarray, root: np.ndarray,
               source: dict[str, np.ndarray]) -> dict:
    """Entry of the report: directions of limbs, height of soles.

    Args:
        rotvec: ``(F, 24, 3)`` as written.
        root: ``(F, 3)`` as written.
        source: Joint -> ``(F, 3)`` of the source at the same times.
    """
    body = target_body()
    errors = direction_errors(body.joints(rotvec, root), source)
    limbs = {start: errors.pop(start) for start, _ in LIMBS}
    worst = max(limbs, key=lambda name: np.median(limbs[name]))
    height = sole_height(body.lowest_sole(rotvec, root))
    good = np.median(limbs[worst]) < MAX_LIMB_DEGREES
    result = 'limbs off' if not good else (
        'good' if abs(height) < STANDS_METRES else 'good; stands nowhere')
    return dict(
        result=result,
        limb_median_degrees=_rounded(np.median(list(limbs.values()))),
        limb_max_degrees=_rounded(np.max(list(limbs.values()))),
        worst_limb=worst,
        worst_limb_median_degrees=_rounded(np.median(limbs[worst])),
        sole_metres=_rounded(height),
        **{
            f'{name}_median_degrees': _rounded(np.median(error))
            for name, error in errors.items()
        })


def _rounded(value: float) -> float:
    return round(float(value), 4)


def _angle(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    cross = np.linalg.norm(np.cross(one, other), axis=-1)
    return np.rad2deg(np.arctan2(cross, (one * other).sum(-1)))


def _rotmats(rotvec: np.ndarray) -> torch.Tensor:
    turns = Rotation.from_rotvec(rotvec.reshape(-1, 3).astype(float))
    return torch.tensor(turns.as_matrix().reshape(*rotvec.shape[:2], 3, 3))
