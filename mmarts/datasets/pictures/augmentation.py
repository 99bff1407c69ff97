# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What training changes in the pictures of a clip, all frames alike."""
from dataclasses import dataclass, field

import cv2
import numpy as np

SIDES = ('left', 'right', 'top', 'bottom')
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


@dataclass(frozen=True)
class PictureChange:
    """What chance decided about a clip.

    Args:
        scale: Side of the crop over that of the box.
        shift: Of the crop's middle, parts of the box's side.
        mirror: Whether left and right change places.
        colour: Names of changes and by how much, in the order in which they
            are made.
        erased: Part of the crop that is blanked from ``side``.
        side: One of :data:`SIDES`.
    """

    scale: float
    shift: tuple[float, float] = (0., 0.)
    mirror: bool = False
    colour: list = field(default_factory=list)
    erased: float = 0.
    side: str = SIDES[0]


class ClipAugmentation:
    """Draws changes (INT's appendix C: those of MAED).

    Args:
        box_scale: Side of a crop over that of the box; the release's 1.3.
        crop: Chance of another scale and middle.
        scales: Lowest and highest scale of such a crop.
        shift: Its middle moves by up to this part of the box.
        mirror: Chance of a mirror image.
        colour: Brightness, contrast and saturation change by factors of up
            to ``1 +- colour``, hue by up to a third of ``colour`` of the
            circle; 0 for none.
        erase: Chance that one side of the crop is blanked.
        max_erased: Largest part that is.
    """

    def __init__(self,
                 box_scale: float = 1.3,
                 crop: float = 0.2,
                 scales: tuple[float, float] = (0.7, 1.3),
                 shift: float = 0.1,
                 mirror: float = 0.5,
                 colour: float = 0.0,
                 erase: float = 0.0,
                 max_erased: float = 0.7) -> None:
        self.box_scale, self.crop = box_scale, crop
        self.scales, self.shift = tuple(scales), shift
        self.mirror, self.colour = mirror, colour
        self.erase, self.max_erased = erase, max_erased

    def draw(self, rng: np.random.Generator) -> PictureChange:
        """The change of one clip."""
        scale, shift = self.box_scale, (0., 0.)
        if rng.random() < self.crop:
            scale = rng.uniform(*self.scales)
            shift = tuple(rng.uniform(-self.shift, self.shift, 2).tolist())
        mirror = rng.random() < self.mirror
        erased = rng.uniform(0, self.max_erased) * (rng.random() < self.erase)
        return PictureChange(scale, shift, mirror, self._colours(rng), erased,
                             SIDES[rng.integers(len(SIDES))])

    def _colours(self, rng: np.random.Generator) -> list:
        if not self.colour:
            return []
        changes = [(name, 1 + self.colour * rng.uniform(-1, 1))
                   for name in ('brightness', 'contrast', 'saturation')]
        changes.append(('hue', self.colour / 3 * rng.uniform(-1, 1)))
        return [changes[i] for i in rng.permutation(len(changes))]


def recolour(pictures: np.ndarray, change: PictureChange) -> np.ndarray:
    """Colours and blanked side of ``(T, H, W, 3)`` uint8 RGB: a new array."""
    out = pictures.astype(np.float32)
    for name, value in change.colour:
        out = _COLOURS[name](out, value).clip(0, 255)
    out = out.round().astype(np.uint8)
    out[erased_part(change, *out.shape[1:3])] = 0
    return out


def erased_part(change: PictureChange, height: int, width: int) -> tuple:
    """Index of ``(T, H, W)`` that is blanked; left is the first columns."""
    axis = 2 if change.side in ('left', 'right') else 1
    length = (height, width)[axis - 1]
    count = round(change.erased * length)
    part = slice(0, count) if change.side in ('left', 'top') else slice(
        length - count, length)
    return (slice(None), ) * axis + (part, )


def _saturated(x: np.ndarray, factor: float) -> np.ndarray:
    grey = (x @ _LUMA)[..., None]
    return grey + factor * (x - grey)


def _contrasted(x: np.ndarray, factor: float) -> np.ndarray:
    # Around the clip's mean: a frame's own would make it flicker.
    return (x @ _LUMA).mean() * (1 - factor) + factor * x


def _turned(x: np.ndarray, turn: float) -> np.ndarray:
    rows = x.reshape(-1, x.shape[-2], 3) / 255
    hsv = cv2.cvtColor(rows, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + 360 * turn) % 360
    return 255 * cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB).reshape(x.shape)


_COLOURS = dict(
    brightness=np.multiply,
    contrast=_contrasted,
    saturation=_saturated,
    hue=_turned)
