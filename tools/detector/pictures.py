# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pictures of bodies that a detector takes for people: clothes, rooms, dirt.

Nothing here is a photograph: what a picture shows follows from a generator.
"""
import cv2
import numpy as np

from mmarts.visualization.overlay import blend

# Joints of the body (SMPL's 24) whose skin each piece of clothing covers.
# Left out: head, hands, and what the piece leaves bare.
_TRUNK = (0, 3, 6, 9, 13, 14)
_UPPER_ARMS, _FOREARMS = (16, 17), (18, 19)
_THIGHS, _SHINS, _FEET = (1, 2), (4, 5), (7, 8, 10, 11)
_HEAD = 15

_SKIN = np.array([[0.95, 0.80, 0.70], [0.85, 0.65, 0.50], [0.65, 0.45, 0.32],
                  [0.42, 0.28, 0.20]])
_HAIR = np.array([[0.10, 0.08, 0.07], [0.30, 0.20, 0.12], [0.65, 0.50, 0.30],
                  [0.55, 0.55, 0.55]])


class Wardrobe:
    """Colours of a body's vertices.

    Args:
        weights: ``(V, 24)`` skinning weights.
        template: ``(V, 3)`` unposed, y up, the face towards +z.
    """

    def __init__(self, weights: np.ndarray, template: np.ndarray) -> None:
        self.owner = weights.argmax(1)
        head = template[self.owner == _HEAD]
        low, high = head.min(0), head.max(0)
        up, front = ((template - low) / (high - low))[:, 1:].T
        self.hair = (self.owner == _HEAD) & ((up > 0.8) | (front < 0.45) &
                                             (up > 0.3))

    def __call__(self, rng: np.random.Generator) -> np.ndarray:
        """Dress a person: ``(V, 3)`` RGB in [0, 1]."""
        shirt, trousers, shoes = rng.uniform(0.05, 0.95, (3, 3))
        skin = _SKIN[rng.integers(len(_SKIN))] * rng.uniform(0.9, 1.05)
        colours = np.tile(skin, (len(self.owner), 1))
        self._cover(colours, _TRUNK + _UPPER_ARMS, shirt)
        if rng.random() < 0.5:
            self._cover(colours, _FOREARMS, shirt)
        self._cover(colours, _THIGHS, trousers)
        if rng.random() < 0.7:
            self._cover(colours, _SHINS, trousers)
        self._cover(colours, (0, ), trousers)
        self._cover(colours, _FEET, shoes)
        if rng.random() < 0.9:
            colours[self.hair] = _HAIR[rng.integers(len(_HAIR))]
        return (colours * rng.normal(1, 0.03, (len(colours), 1))).clip(0, 1)

    def _cover(self, colours, joints, colour) -> None:
        colours[np.isin(self.owner, joints)] = colour


def room(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A background ``(H, W, 3)`` uint8: wall, floor, things, stains.

    Args:
        rng: Decides all.
        size: ``(width, height)``, pixels.
    """
    width, height = size
    image = np.empty((height, width, 3), np.float32)
    horizon = int(height * rng.uniform(0.35, 0.75))
    wall, floor = rng.uniform(40, 230, (2, 3))
    image[:horizon], image[horizon:] = wall, floor
    for _ in range(rng.integers(0, 14)):
        corner = rng.uniform(-0.1, 1, 2) * size
        extent = rng.uniform(0.03, 0.4, 2) * size
        first = tuple(int(v) for v in corner)
        last = tuple(int(v) for v in corner + extent)
        colour = tuple(rng.uniform(10, 245, 3))
        if rng.random() < 0.7:
            cv2.rectangle(image, first, last, colour, -1)
        else:
            cv2.ellipse(image, first, tuple(int(v) for v in extent / 2 + 1),
                        rng.uniform(0, 180), 0, 360, colour, -1)
    for cells in (3, 8, 24, 80):
        grain = rng.normal(0, rng.uniform(2, 14), (cells, cells, 1))
        image += cv2.resize(
            grain.astype(np.float32), size,
            interpolation=cv2.INTER_CUBIC)[..., None]
    light = np.linspace(*rng.uniform(0.75, 1.2, 2), width)
    return (image * light[:, None]).clip(0, 255).astype(np.uint8)


class Lens:
    """What a camera adds to every frame of a video: blur, grain, JPEG."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.blur, self.grain = rng.uniform(0, 1.2), rng.uniform(0, 7)
        self.quality = int(rng.integers(40, 95))

    def __call__(self, image: np.ndarray) -> np.ndarray:
        if self.blur > 0.3:
            image = cv2.GaussianBlur(image, (0, 0), self.blur)
        grain = self.rng.normal(0, self.grain, image.shape[:2])
        image = (image + grain[..., None]).clip(0, 255).astype(np.uint8)
        coded = cv2.imencode('.jpg', image,
                             [cv2.IMWRITE_JPEG_QUALITY, self.quality])[1]
        return cv2.imdecode(coded, cv2.IMREAD_COLOR)


def compose(background: np.ndarray, picture: np.ndarray, origin: tuple,
            lens: Lens) -> np.ndarray:
    """One frame: the body before its background, through the lens."""
    image = background.copy()
    blend(image, picture, origin)
    return lens(image)
