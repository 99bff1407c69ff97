# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What a converter of an annotated dataset is."""
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Iterator

import numpy as np

from .record_log import RecordLog
from .source_files import SourceFiles


@dataclass(frozen=True)
class Part:
    """What one process converts at a time: a sequence, an archive, a list.

    Args:
        split: Annotation file that its rows go to, such as ``'train'``.
        name: Name of the part, once in a split.
        paths: Original files it is made of, inside the folder or zip; the
            first one is named in messages. A change of any of them means
            that the part is converted again.
        key: What else the converter needs to find the part.
    """

    split: str
    name: str
    paths: tuple[str, ...]
    key: str = ''


class DatasetConverter(ABC):
    """Original files of one dataset -> rows of annotation files.

    Subclasses fill ``title``, the data in words, and raise ``version`` when
    their arithmetic changes. Constructor arguments are options of the
    conversion, plain data, given as ``--options`` to
    ``tools/convert_dataset.py``.
    """

    title: str
    version: int = 1

    @abstractmethod
    def parts(self, files: SourceFiles) -> list[Part]:
        """Parts of a folder or archive, in the order of the rows.

        Raises:
            ValueError: If there is none, saying what should be there.
        """

    @abstractmethod
    def values(self) -> dict[str, Any]:
        """One value each for a file: ``fps``, ``joint_set``, ..."""

    def outside_files(self) -> tuple[str, ...]:
        """Files that the rows depend on beside those of the parts; they lie
        anywhere. A change means that every part is converted again.
        """
        return ()

    @abstractmethod
    def read(self, part: Part, files: SourceFiles,
             log: RecordLog) -> Iterator[dict[str, np.ndarray]]:
        """Rows of one part in chunks, as ``docs/data.md`` lists the arrays.

        Broken records go to ``log.bad``, those that the dataset itself rules
        out to ``log.skip``.

        Raises:
            ValueError: If the file as a whole cannot be read.
        """
