# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Colour jitter and erased strips, the same for all frames of a clip."""
from typing import Sequence

import cv2
import numpy as np

from mmarts.registry import TRANSFORMS


@TRANSFORMS.register_module()
class PixelAugment:
    """Changes the colours of crops, and hides part of them.

    By default it does nothing.

    Args:
        gain: Lowest and highest factor of each channel (PointHMR: 0.6, 1.4).
        jitter: Brightness, contrast and saturation are changed by a factor
            up to 1 +- these, the hue by so many turns, in a random order
            (INT).
        erase: Chance of a black strip along one side (INT: 0.3).
        erase_part: Widest strip, as part of the crop (INT: 0.7).
        erase_each_frame: Whether chance and width are drawn for each frame
            and the side alone is the clip's, as in INT's release.
    """

    def __init__(self,
                 gain: Sequence[float] = (1.0, 1.0),
                 jitter: Sequence[float] = (0.0, 0.0, 0.0, 0.0),
                 erase: float = 0.0,
                 erase_part: float = 0.7,
                 erase_each_frame: bool = False) -> None:
        self.gain, self.jitter = tuple(gain), tuple(jitter)
        if len(self.jitter) != 4:
            raise ValueError('jitter is (brightness, contrast, saturation, '
                             f'hue), but got {self.jitter}.')
        self.erase, self.erase_part = erase, erase_part
        self.erase_each_frame = erase_each_frame

    def __call__(self, rng: np.random.Generator,
                 images: np.ndarray) -> np.ndarray:
        """Change ``(T, H, W, 3)`` RGB uint8; the array itself is kept."""
        if self.gain != (1.0, 1.0):
            images = with_gain(images, rng.uniform(*self.gain, 3))
        if any(self.jitter):
            amounts = rng.uniform(-1, 1, 4) * self.jitter
            for step in rng.permutation(4):
                images = _STEPS[step](images, amounts[step])
        if self.erase:
            images = self._erased(rng, images)
        return images

    def _erased(self, rng: np.random.Generator,
                images: np.ndarray) -> np.ndarray:
        images, side = images.copy(), rng.integers(4)
        groups = images[:, None] if self.erase_each_frame else images[None]
        for group in groups:
            if rng.random() >= self.erase:
                continue
            part = rng.uniform(0, self.erase_part)
            # Views with the strip's side at the start of the second axis.
            turned = group.swapaxes(1, 2) if side % 2 else group
            turned = turned[:, ::-1] if side >= 2 else turned
            turned[:, :round(part * turned.shape[1])] = 0
        return images


def with_gain(images: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """Multiply the channels of ``(..., 3)`` grey levels 0 to 255.

    Args:
        images: Of any type, which is kept.
        gain: ``(3,)``.
    """
    return (images * gain).clip(0, 255).astype(images.dtype)


def _brightness(images: np.ndarray, amount: float) -> np.ndarray:
    return _bytes(images * np.float32(1 + amount))


def _contrast(images: np.ndarray, amount: float) -> np.ndarray:
    mean = np.float32(_grey(images).mean())
    return _bytes(mean + (images - mean) * np.float32(1 + amount))


def _saturation(images: np.ndarray, amount: float) -> np.ndarray:
    grey = _grey(images)[..., None]
    return _bytes(grey + (images - grey) * np.float32(1 + amount))


def _hue(images: np.ndarray, amount: float) -> np.ndarray:
    if not amount:
        return images
    flat = np.ascontiguousarray(images).reshape(-1, 1, 3)
    hsv = cv2.cvtColor(flat, cv2.COLOR_RGB2HSV_FULL)
    hsv[..., 0] += np.uint8(round(256 * amount) % 256)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB_FULL).reshape(images.shape)


_STEPS = (_brightness, _contrast, _saturation, _hue)


def _grey(images: np.ndarray) -> np.ndarray:
    return images @ np.array([0.299, 0.587, 0.114], np.float32)


def _bytes(images: np.ndarray) -> np.ndarray:
    return images.clip(0, 255).astype(np.uint8)
