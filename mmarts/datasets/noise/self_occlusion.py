# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Which joints a body hides from the camera, by a few capsules."""
from functools import lru_cache

import torch
from torch import Tensor

from mmarts.structures import get_joint_set

# Axis (between two COCO-19 joints), radius in metres, and the joints that
# touch the capsule, which it therefore never hides.
_CAPSULES = (
    ('Pelvis', 'Neck', 0.13, ('Pelvis', 'Neck', 'L_Shoulder', 'R_Shoulder',
                              'L_Hip', 'R_Hip')),
    ('L_Ear', 'R_Ear', 0.09, ('Nose', 'L_Eye', 'R_Eye', 'L_Ear', 'R_Ear',
                              'Neck')),
    ('L_Hip', 'L_Knee', 0.07, ('L_Hip', 'L_Knee', 'Pelvis', 'R_Hip')),
    ('R_Hip', 'R_Knee', 0.07, ('R_Hip', 'R_Knee', 'Pelvis', 'L_Hip')),
)
# Joints that look to one side: hidden as soon as they face away.
_AWAY = 0.2  # cosine
_FACE = ('Nose', 'L_Eye', 'R_Eye', 'L_Ear', 'R_Ear')


def hidden_joints(joints: Tensor) -> Tensor:
    """Whether another part of the body stands before a joint.

    The trunk, the head and the thighs are capsules about their bones; a
    joint is hidden where its line of sight passes through one that is nearer
    than itself. Eyes, ears and nose are hidden once they face away. A rule
    of thumb, made for speed: it is the condition under which a detector's
    errors are measured and drawn again, not a picture.

    Args:
        joints: ``(..., 19, 3)`` COCO-19, metres, camera frame.

    Returns:
        ``(..., 19)`` bool.
    """
    first, last, radius, touches, face = _capsules()
    leading = joints.shape[:-1]
    # Coordinates first: a tensor whose last axis has three numbers is slow.
    points = joints.reshape(-1, leading[-1], 3).permute(2, 0, 1).contiguous()
    distance = _dot(points, points).sqrt().clamp(min=1e-6)
    sight = points / distance
    start = points[:, :, None, first]
    axis = points[:, :, None, last] - start
    near = _passes(sight[..., None], distance[..., None], start, axis, radius)
    hidden = (near & ~touches).any(-1)
    hidden[:, face] |= _looks_away(points, sight, face)
    return hidden.view(leading)


def _passes(sight: Tensor, distance: Tensor, start: Tensor, axis: Tensor,
            radius: Tensor) -> Tensor:
    """Whether lines of sight come within a radius of a bone before the end.

    By the nearest points of the line ``s * sight`` and the segment
    ``start + t * axis``; coordinates are the first axis.
    """
    along, ahead = _dot(sight, axis), _dot(sight, start)
    length = _dot(axis, axis).clamp(min=1e-8)
    t = (along * ahead - _dot(axis, start)) / (length -
                                               along**2).clamp(min=1e-8)
    t = t.clamp(0, 1)
    s = ahead + t * along
    gap = s * sight - start - t * axis
    return (_dot(gap, gap) < radius**2) & (s + radius < distance)


def _looks_away(points: Tensor, sight: Tensor, face: list[int]) -> Tensor:
    """From the middle of the head the nose looks ahead and ears aside."""
    left, right = get_joint_set('coco19').index('L_Ear', 'R_Ear')
    middle = (points[..., left] + points[..., right]) / 2
    outward = points[..., face] - middle[..., None]
    away = _dot(outward, sight[..., face])
    return away > _AWAY * _dot(outward, outward).sqrt()


def _dot(first: Tensor, second: Tensor) -> Tensor:
    return first[0] * second[0] + first[1] * second[1] + first[2] * second[2]


@lru_cache
def _capsules() -> tuple:
    """Ends, radii, ``(19, capsules)`` touching joints, and the face."""
    names = get_joint_set('coco19')
    touches = torch.zeros(len(names), len(_CAPSULES), dtype=torch.bool)
    for column, (*_, touching) in enumerate(_CAPSULES):
        touches[names.index(*touching), column] = True
    first, last, radius, _ = zip(*_CAPSULES)
    return (names.index(*first), names.index(*last), torch.tensor(radius),
            touches, names.index(*_FACE))
