# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What is attached to the rows of annotation files that are there."""
from pathlib import Path
from typing import Any

from mmarts.annotations import SUFFIX, AnnotationFile
from ..dataset_converter import DatasetConverter, Part
from ..source_files import SourceFiles, file_stamp


class Attachment(DatasetConverter):
    """A copy of annotation files with more, or other, arrays.

    Args:
        annotations: A ``.mmarts`` file, or a folder of them.

    Raises:
        FileNotFoundError: If there are no such annotations.
    """

    # Endings of the files of IN that are read.
    suffixes: tuple[str, ...]
    # What they hold, for the error where there is none.
    content: str

    def __init__(self, annotations: str) -> None:
        path = Path(annotations)
        self.paths = sorted(
            path.glob(f'*{SUFFIX}')) if path.is_dir() else [path]
        if not self.paths or not path.exists():
            raise FileNotFoundError('There is no annotation file '
                                    f'"{annotations}".')

    def parts(self, files: SourceFiles) -> list[Part]:
        """An annotation file each; all files of IN may be of each."""
        found = tuple(p for p in files if p.endswith(self.suffixes))
        if not found:
            raise ValueError(
                f'"{files.root}" has no {" or ".join(self.suffixes)} of '
                f'{self.content}; it has {files.summary()}.')
        # The annotations are an input too, outside of the folder.
        return [
            Part(path.stem, path.stem, found,
                 f'{path.resolve()} {file_stamp(path)}') for path in self.paths
        ]

    def values(self) -> dict[str, Any]:
        """Those of the annotations."""
        values = [AnnotationFile(p).header['values'] for p in self.paths]
        if any(v != values[0] for v in values):
            raise ValueError(f'{[str(p) for p in self.paths]} differ in frame '
                             'rate, joint set or body: convert one at a time.')
        return values[0]

    def file_of(self, part: Part) -> AnnotationFile:
        """The annotations of a part."""
        return AnnotationFile(
            next(p for p in self.paths if p.stem == part.split))
