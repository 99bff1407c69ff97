# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Penn Action (ICCV 2013): one person a video, a MATLAB file each."""
from functools import partial
from pathlib import PurePosixPath
from typing import Optional

import numpy as np

from mmarts.registry import CONVERTERS
from ..dataset_converter import Part
from ..formats.mat_file import read_mat
from ..record_log import RecordLog
from ..source_files import SourceFiles
from ..stills.people_converter import PeopleConverter, Records
from ..stills.person_row import PersonRow, scored
from ..stills.pictures import Pictures

_JOINTS = 13
_SHIFT = -0.5  # MATLAB counts pixels from 1
_FIELDS = ('x', 'y', 'visibility', 'bbox', 'dimensions', 'train', 'action')


@CONVERTERS.register_module(name='penn-action')
class PennAction(PeopleConverter):
    """``labels/0001.mat`` and ``frames/0001/000001.jpg``.

    Joints that are not visible are no targets: where they lie is a guess.

    Args:
        images: As :class:`PeopleConverter`.
        fps: Frames a second, which the files do not say.
    """

    title = 'Penn Action'
    joint_set = 'penn13'

    def __init__(self, images: str = '', fps: float = 30.) -> None:
        super().__init__(images)
        self.fps = fps or 30.

    def parts(self, files: SourceFiles) -> list[Part]:
        paths = [p for p in files if p.endswith('.mat')]
        if not paths:
            raise ValueError(f'"{files.root}" has no labels/*.mat; it has '
                             f'{files.summary()}.')
        return [
            Part(_split(files, path),
                 PurePosixPath(path).stem, (path, )) for path in paths
        ]

    def records(self, part: Part, files: SourceFiles, pictures: Pictures,
                log: RecordLog) -> Records:
        video = read_mat(files, part.paths[0], *_FIELDS)
        if np.size(video['train']) != 1:
            raise ValueError('"train" should be 1 or -1, but is '
                             f'{video["train"]}')
        arrays = {
            k: np.asarray(video[k], float)
            for k in ('x', 'y', 'visibility', 'bbox')
        }
        # Axes of length one are gone.
        arrays = {k: v[None] if v.ndim == 1 else v for k, v in arrays.items()}
        height, width, count = np.asarray(video['dimensions'], int)
        shapes = {k: v.shape for k, v in arrays.items()}
        expected = dict.fromkeys(arrays, (count, _JOINTS))
        expected['bbox'] = (count, 4)
        if shapes != expected:
            raise ValueError(f'a video of {count} frames should have '
                             f'{expected}, but has {shapes}')
        for i in range(count):
            values = {k: v[i] for k, v in arrays.items()}
            record = f'frame {i + 1}'
            yield record, partial(self._person, part.name, record, i, values,
                                  (int(width), int(height)),
                                  str(video['action']), pictures, log)

    def _person(self, name: str, record: str, frame: int, values: dict,
                size: tuple[int, int], action: str, pictures: Pictures,
                log: RecordLog) -> Optional[PersonRow]:
        visible = values['visibility'] > 0
        if not visible.any():
            return log.skip(record, 'without a visible joint')
        points, score = scored(
            np.stack([values['x'], values['y']], -1), visible, _SHIFT)
        path = f'frames/{name}/{frame + 1:06}.jpg'
        path = pictures.find(path, path.removeprefix('frames/'))
        return PersonRow(
            name,
            '0',
            frame,
            path,
            pictures.size(path, size),
            points,
            score,
            box=values['bbox'] + _SHIFT,
            action=action)


def _split(files: SourceFiles, path: str) -> str:
    """The split, which stands in the file itself."""
    try:
        return 'test' if read_mat(files, path, 'train')['train'] < 0 else \
            'train'
    except (ValueError, TypeError):
        # What is wrong with it is said where it is read.
        return 'train'
