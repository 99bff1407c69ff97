# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Colours of skin, hair and clothes on a body."""
import numpy as np

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
        return self.dress(rng)[0]

    def dress(self, rng: np.random.Generator) -> tuple:
        """Dress a person, and tell what the clothes cover.

        Returns:
            ``(V, 3)`` RGB in [0, 1], and masks ``(V,)`` of what is worn:
            ``shirt`` and ``trousers``.
        """
        shirt, trousers, shoes = rng.uniform(0.05, 0.95, (3, 3))
        skin = _SKIN[rng.integers(len(_SKIN))] * rng.uniform(0.9, 1.05)
        colours = np.tile(skin, (len(self.owner), 1))
        sleeves = _FOREARMS if rng.random() < 0.5 else ()
        legs = _SHINS if rng.random() < 0.7 else ()
        worn = dict(
            shirt=self._owned(_TRUNK[1:] + _UPPER_ARMS + sleeves),
            trousers=self._owned(_TRUNK[:1] + _THIGHS + legs))
        colours[worn['shirt']] = shirt
        colours[worn['trousers']] = trousers
        colours[self._owned(_FEET)] = shoes
        if rng.random() < 0.9:
            colours[self.hair] = _HAIR[rng.integers(len(_HAIR))]
        noise = rng.normal(1, 0.03, (len(colours), 1))
        return (colours * noise).clip(0, 1), worn

    def _owned(self, joints: tuple[int, ...]) -> np.ndarray:
        return np.isin(self.owner, joints)
