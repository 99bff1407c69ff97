# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Backgrounds: drawn rooms, or parts of the pictures of a folder."""
from pathlib import Path

import cv2
import numpy as np

from .room import room

SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp')
_SMALLEST = 0.4  # part of a picture's shorter side that is taken


class Backgrounds:
    """Draws a background.

    Args:
        folder: With pictures, in folders below it too; drawn rooms when
            empty.

    Raises:
        FileNotFoundError: If the folder holds no picture.
    """

    def __init__(self, folder: str = '') -> None:
        self.files: list[Path] = []
        if folder:
            self.files = sorted(
                path for path in Path(folder).rglob('*')
                if path.suffix.lower() in SUFFIXES)
            if not self.files:
                raise FileNotFoundError(
                    f'There is no picture ({", ".join(SUFFIXES)}) in the '
                    f'folder of backgrounds "{folder}".')

    def __call__(self, rng: np.random.Generator,
                 size: tuple[int, int]) -> np.ndarray:
        """Draw one: ``(H, W, 3)`` RGB uint8.

        Args:
            rng: Decides all.
            size: ``(width, height)``, pixels.

        Raises:
            ValueError: If a file is no picture.
        """
        if not self.files:
            image = room(rng, size)
            grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
            # Most rooms are less gaudy than independent channels.
            gaudy = rng.uniform(0, 1)
            return cv2.addWeighted(image, gaudy, cv2.merge([grey] * 3),
                                   1 - gaudy, 0)
        path = self.files[rng.integers(len(self.files))]
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is None:
            raise ValueError(f'The background "{path}" cannot be read as a '
                             'picture; remove it or replace it.')
        return cv2.resize(
            _part(rng, image, size), size,
            interpolation=cv2.INTER_AREA)[..., ::-1]


def _part(rng: np.random.Generator, image: np.ndarray,
          size: tuple[int, int]) -> np.ndarray:
    """A random part of a picture in the proportions of a size."""
    whole = np.array(image.shape[1::-1])
    largest = (whole / size).min()
    extent = np.maximum(
        np.array(size) * largest * rng.uniform(_SMALLEST, 1), 1).astype(int)
    x, y = (rng.random(2) * (whole - extent + 1)).astype(int)
    return image[y:y + extent[1], x:x + extent[0]]
