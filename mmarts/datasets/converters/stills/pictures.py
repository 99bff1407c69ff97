# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pictures of a dataset: where they are, and how large."""
from typing import Optional

from ..image_files import ImageFiles


class Pictures(ImageFiles):
    """The folder of a dataset's pictures; without one, nobody looks."""

    def find(self, *candidates: str) -> str:
        """The first of several paths that is there; else the first."""
        return next((c for c in candidates if not self.fault(c)),
                    candidates[0])

    def require(self) -> None:
        """For datasets whose annotations do not say how large a picture is.

        Raises:
            ValueError: If nobody named the folder.
        """
        if self.root is None:
            raise ValueError('the annotations lack the sizes of the pictures; '
                             'name their folder (--images)')

    def size(self,
             path: str,
             expected: Optional[tuple[int, int]] = None) -> tuple[int, int]:
        """``(width, height)`` of a picture, pixels.

        Args:
            path: Relative to the folder.
            expected: What the annotations say.

        Raises:
            ValueError: If the picture is missing, unreadable or of another
                size, or nobody knows its size.
        """
        if expected is not None:
            fault = self.fault(path, expected)
            if fault:
                raise ValueError(fault)
            return expected
        self.require()
        return self.read_size(path)
