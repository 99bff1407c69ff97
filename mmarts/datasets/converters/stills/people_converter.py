# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Base of the converters whose records are people in pictures."""
import json
from abc import abstractmethod
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, Optional

import numpy as np

from mmarts.registry import BODY_MODELS
from mmarts.structures import get_joint_set
from ..dataset_converter import DatasetConverter, Part
from ..formats.smpl_fits import SMPLFits
from ..record_log import RecordLog
from ..source_files import SourceFiles, file_stamp
from .person_row import PersonRow, check_row, stack_rows
from .pictures import Pictures

# What a record of another layout raises where nobody foresaw it.
_MALFORMED = (ValueError, LookupError, TypeError, AttributeError,
              ArithmeticError)
_CHUNK = 4096  # rows
# Words for the place of a person, and what makes the row: None where the
# dataset itself rules it out, which is in the log then.
Records = Iterator[tuple[str, Callable[[], Optional[PersonRow]]]]


class PeopleConverter(DatasetConverter):
    """Annotated people, one after the other.

    Subclasses fill ``joint_set`` and, for videos, ``fps``.

    Args:
        images: Folder of the pictures: every one must be there and have the
            size that the annotations say. Without, nobody looks, and what
            the annotations do not say is an error.
    """

    joint_set: str
    fps: float = 1.  # of stills, whose frames are no sequence

    def __init__(self, images: str = '') -> None:
        self.images = images

    def values(self) -> dict[str, Any]:
        return dict(
            fps=self.fps,
            joint_set=self.joint_set,
            body_model_id=self.body_model_id())

    def body_model_id(self) -> str:
        """Body of the targets; empty where none depends on a body."""
        return ''

    @abstractmethod
    def records(self, part: Part, files: SourceFiles, pictures: Pictures,
                log: RecordLog) -> Records:
        """People of a part.

        Raises:
            ValueError: If the file as a whole cannot be read.
        """

    def read(self, part: Part, files: SourceFiles,
             log: RecordLog) -> Iterator[dict[str, np.ndarray]]:
        rows = self._rows(part, files, log)
        while chunk := list(islice(rows, _CHUNK)):
            yield from stack_rows(chunk)

    def _rows(self, part: Part, files: SourceFiles,
              log: RecordLog) -> Iterator[PersonRow]:
        num_joints, seen = len(get_joint_set(self.joint_set)), set()
        pictures = Pictures(self.images)
        for record, make in self.records(part, files, pictures, log):
            try:
                row = make()
                if row is None:
                    continue
                check_row(row, num_joints)
                key = row.sequence, row.person, row.frame_index
                if key in seen:
                    raise ValueError(f'person "{row.person}" of '
                                     f'"{row.sequence}" comes twice in frame '
                                     f'{row.frame_index}')
            except _MALFORMED as error:
                log.bad(record, _words(error))
                continue
            seen.add(key)
            yield row


class BodyConverter(PeopleConverter):
    """People with the parameters of one body.

    Args:
        images: As above.
        body: Config of that body; neutral SMPL by default.
    """

    def __init__(self, images: str = '', body: Optional[dict] = None) -> None:
        super().__init__(images)
        self.body = body or dict(type='SMPL', gender='neutral')

    def body_model_id(self) -> str:
        return _body_model_id(json.dumps(self.body))


class FittedPeopleConverter(BodyConverter):
    """People to whom somebody may have fitted SMPL.

    Args:
        images: As above.
        fits: JSON files of NeuralAnnot or EFT; none without.
        body: Config of the body that was fitted; neutral SMPL by default.
    """

    def __init__(self,
                 images: str = '',
                 fits: Iterable[str] = (),
                 body: Optional[dict] = None) -> None:
        super().__init__(images, body)
        self.fit_paths = (fits, ) if isinstance(fits, str) else tuple(fits)
        for path in self.fit_paths:
            if not Path(path).is_file():
                raise FileNotFoundError('There is no file of SMPL fits '
                                        f'"{path}".')

    def outside_files(self) -> tuple[str, ...]:
        return self.fit_paths

    def body_model_id(self) -> str:
        return super().body_model_id() if self.fit_paths else ''

    def read(self, part: Part, files: SourceFiles,
             log: RecordLog) -> Iterator[dict[str, np.ndarray]]:
        stamps = tuple(file_stamp(path) for path in self.fit_paths)
        self.fits = _fits(self.fit_paths, stamps)
        return super().read(part, files, log)


@lru_cache(maxsize=1)
def _body_model_id(config: str) -> str:
    return BODY_MODELS.build(json.loads(config)).body_model_id


@lru_cache(maxsize=1)
def _fits(paths: tuple[str, ...], stamps: tuple[str, ...]) -> SMPLFits:
    # The stamps are there for the cache: a file may change.
    return SMPLFits([Path(path) for path in paths])


def _words(error: Exception) -> str:
    text = str(error).rstrip('.')
    return text if isinstance(error, ValueError) else (
        f'of another layout ({type(error).__name__}: {text})')
