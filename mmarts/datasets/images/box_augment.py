# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Random crops around a person."""
from typing import Optional

import numpy as np
from torch import Tensor

from mmarts.registry import TRANSFORMS
from .crop_view import CropView

# A box is never smaller than this part of what it would be if the whole
# person were in the picture.
_LEAST = 0.25


@TRANSFORMS.register_module()
class BoxAugment:
    """Draws how a window is cut, turned and mirrored; all frames alike.

    By default nothing is random: the square of 1.2 times the longer side of
    the tight box, as for a test.

    Args:
        margin: Lowest and highest factor on the tight box.
        each_side: Whether the four sides draw factors of their own (DSD).
        scale: ``(std, low, high)`` of a normal factor of mean 1 on the
            square (PointHMR).
        tight: ``chance``, and then a ``margin`` drawn instead, and a
            ``shift`` of the middle up to so much of the box (INT).
        half_body: ``chance``, and then the tight box is shrunk about its
            middle by a factor drawn from ``scale`` and its top moves up by a
            part of the old height drawn from ``rise``: the upper body (DSD).
        rotation: ``chance``, ``std`` and ``limit`` in degrees (PointHMR).
        flip: Chance of a mirrored picture.
    """

    def __init__(self,
                 margin: tuple = (1.2, 1.2),
                 each_side: bool = False,
                 scale: tuple = (0.0, 1.0, 1.0),
                 tight: Optional[dict] = None,
                 half_body: Optional[dict] = None,
                 rotation: Optional[dict] = None,
                 flip: float = 0.0) -> None:
        self.margin, self.each_side = tuple(margin), each_side
        self.scale = tuple(scale)
        self.tight = dict(chance=0., margin=(0.7, 1.3), shift=0.1)
        self.half_body = dict(chance=0., scale=(0.4, 1.0), rise=(0.18, 0.31))
        self.rotation = dict(chance=0., std=30., limit=60.)
        self.flip = flip
        for ours, given in ((self.tight, tight), (self.half_body, half_body),
                            (self.rotation, rotation)):
            unknown = set(given or {}) - set(ours)
            if unknown:
                raise ValueError(f'BoxAugment knows {sorted(ours)} there, '
                                 f'but got {sorted(unknown)}.')
            ours.update(given or {})

    def __call__(self, rng: np.random.Generator, low: np.ndarray,
                 high: np.ndarray, size: int) -> CropView:
        """Draw one.

        Args:
            rng: Decides all.
            low, high: ``(T, 2)`` corners of the tight boxes, pixels.
            size: Side of the crops, pixels.
        """
        factor = rng.uniform(*self.margin, 4 if self.each_side else 1)
        if rng.random() < self.half_body['chance']:
            low, high = self._half_body(rng, low, high)
        shift = np.zeros(2)
        if rng.random() < self.tight['chance']:
            factor = rng.uniform(*self.tight['margin'], 1)
            shift = rng.uniform(-1, 1, 2) * self.tight['shift']
        left, top, right, bottom = np.broadcast_to(factor, 4)
        middle, half = (low + high) / 2, (high - low) / 2
        low = middle - half * (left, top)
        high = middle + half * (right, bottom)
        side = (high - low).max(1)
        std, least, most = self.scale
        side = side * np.clip(1 + std * rng.standard_normal(), least, most)
        angle = 0.0
        if rng.random() < self.rotation['chance']:
            limit = self.rotation['limit']
            angle = np.deg2rad(
                np.clip(self.rotation['std'] * rng.standard_normal(), -limit,
                        limit))
        return CropView((low + high) / 2 + side[:, None] * shift, side, size,
                        float(angle), bool(rng.random() < self.flip))

    def _half_body(self, rng, low, high) -> tuple[np.ndarray, np.ndarray]:
        middle, half = (low + high) / 2, (high - low) / 2
        scale = rng.uniform(*self.half_body['scale'])
        rise = rng.uniform(*self.half_body['rise']) * 2 * half[:, 1]
        low, high = middle - scale * half, middle + scale * half
        low[:, 1] -= rise
        return low, high


def tight_boxes(keypoints2d: Tensor,
                known: Tensor,
                image_size: tuple[int, int],
                whole_window: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Corners of the boxes around what the picture shows of a person.

    Args:
        keypoints2d: ``(T, K, 2)`` pixels.
        known: ``(T, K)`` bool.
        image_size: Width and height, pixels.
        whole_window: Whether all frames share one box.

    Returns:
        Low and high corner, ``(T, 2)`` each, float64. Frames of which
        nothing is in the picture have the box of all that is known; those
        of which nothing is known, the picture.
    """
    points = keypoints2d.double().numpy()
    known = np.asarray(known, bool)
    size = np.asarray(image_size, np.float64)
    inside = known & ((points >= 0) & (points <= size)).all(-1)
    if whole_window:
        points, known, inside = (
            x.reshape(1, -1, *x.shape[2:]) for x in (points, known, inside))
    mask = np.where(inside.any(1, keepdims=True), inside, known)
    low, high = _corners(points, mask, size)
    full_low, full_high = _corners(points, known, size)
    # One hand in the picture is no box of its own.
    least = _LEAST * (full_high - full_low).max(1, keepdims=True)
    middle, half = (low + high) / 2, (high - low) / 2
    grow = least / np.maximum(2 * half.max(1, keepdims=True), 1e-6)
    half = np.where(grow > 1, np.maximum(half, least / 2), half)
    half = np.maximum(half, 1)
    count = len(keypoints2d)
    return (np.broadcast_to(middle - half, (count, 2)).copy(),
            np.broadcast_to(middle + half, (count, 2)).copy())


def _corners(points: np.ndarray, mask: np.ndarray,
             size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Boxes ``(T, 2)`` of the points of a mask; the picture without any."""
    some = mask.any(1)[:, None]
    low = np.where(mask[..., None], points, np.inf).min(1)
    high = np.where(mask[..., None], points, -np.inf).max(1)
    return np.where(some, low, 0), np.where(some, high, size)
