# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pictures that annotations speak of: are they there, and of that size?"""
from functools import lru_cache
from pathlib import Path
from typing import Optional, Union

from PIL import Image, UnidentifiedImageError


class ImageFiles:
    """The folder of a dataset's pictures.

    Args:
        root: The folder; empty where nobody has it and nothing is checked.

    Raises:
        FileNotFoundError: If it is not there.
    """

    def __init__(self, root: Union[str, Path] = '') -> None:
        self.root = Path(root) if root else None
        if self.root is not None and not self.root.is_dir():
            raise FileNotFoundError(f'There is no folder "{root}" of '
                                    'pictures.')
        # One listing a folder: a million calls over a network take hours.
        self._names = lru_cache(maxsize=64)(_names)

    def fault(self,
              path: str,
              size: Optional[tuple[int, int]] = None) -> Optional[str]:
        """What is wrong with a picture, in words; None if nothing is.

        Args:
            path: Of the picture, relative to the folder.
            size: Width and height that it should have; only its header is
                read.
        """
        if self.root is None:
            return None
        try:
            if size is None:
                self._locate(path)
                return None
            found = self.read_size(path)
        except ValueError as error:
            return str(error)
        if found != tuple(size):
            return (f'its picture "{path}" has {found[0]} x {found[1]} '
                    f'pixels, but should have {size[0]} x {size[1]}')
        return None

    def read_size(self, path: str) -> tuple[int, int]:
        """Width and height in pixels; only the header is read.

        Raises:
            ValueError: If the picture is missing or cannot be read.
        """
        try:
            with Image.open(self._locate(path)) as image:
                return image.size
        except (UnidentifiedImageError, OSError, SyntaxError) as error:
            raise ValueError(f'its picture "{path}" cannot be read '
                             f'({error})') from None

    def _locate(self, path: str) -> Path:
        whole = self.root / path
        if whole.name not in self._names(whole.parent):
            raise ValueError(f'its picture "{path}" is not in {self.root}')
        return whole


def _names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()} if folder.is_dir() else set()
