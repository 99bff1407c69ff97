# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Leeds Sports Pose (BMVC 2010) and its extension (CVPR 2011)."""
import re
from functools import partial
from pathlib import PurePosixPath
from typing import Optional

import numpy as np

from mmarts.registry import CONVERTERS
from ..dataset_converter import Part
from ..formats.mat_file import read_mat
from ..record_log import RecordLog
from ..source_files import SourceFiles
from .people_converter import FittedPeopleConverter, Records
from .person_row import PersonRow, points_box, scored
from .pictures import Pictures

_JOINTS = 14
_SHIFT = -0.5  # MATLAB counts pixels from 1
_MARGIN = 0.1
_PICTURE = re.compile(r'im(\d+)\.(?:jpg|png)')


@CONVERTERS.register_module(name='lsp')
class LSP(FittedPeopleConverter):
    """``joints.mat`` ``(3, 14, N)`` and ``images/im0001.jpg`` to ``N``.

    The third row says which joints are hidden; all are annotated. The first
    half of the pictures is the training set.
    """

    title = 'Leeds Sports Pose'
    joint_set = 'lsp14'
    digits = 4
    splits = ('train', 'test')

    def parts(self, files: SourceFiles) -> list[Part]:
        paths = [p for p in files if PurePosixPath(p).name == 'joints.mat']
        if len(paths) != 1:
            raise ValueError(f'"{files.root}" should hold one joints.mat, but '
                             f'has {len(paths)}; it has {files.summary()}.')
        return [Part(split, split, (paths[0], )) for split in self.splits]

    def records(self, part: Part, files: SourceFiles, pictures: Pictures,
                log: RecordLog) -> Records:
        joints, annotated = self.joints(
            np.asarray(read_mat(files, part.paths[0], 'joints')['joints']))
        names = _pictures(files, PurePosixPath(part.paths[0]).parent)
        if names and len(names) != len(joints):
            raise ValueError(f'it has {len(joints)} people, but there are '
                             f'{len(names)} pictures')
        pictures.require()
        position = self.splits.index(part.split)
        step = -(-len(joints) // len(self.splits))
        for i in range(position * step, min((position + 1) * step,
                                            len(joints))):
            name = names.get(i + 1, f'images/im{i + 1:0{self.digits}}.jpg')
            record = f'person {i} ({name})'
            yield record, partial(self._person, record, name, joints[i],
                                  annotated[i], pictures, log)

    def joints(self, array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points ``(N, 14, 2)`` and whether they are annotated.

        Raises:
            ValueError: If the array has another shape.
        """
        if array.ndim != 3 or array.shape[:2] != (3, _JOINTS):
            raise ValueError(f'"joints" should be (3, {_JOINTS}, N), but is '
                             f'{array.shape}; is it of another release?')
        points = array[:2].transpose(2, 1, 0).astype(float)
        return points, np.ones(points.shape[:2], bool)

    def _person(self, record: str, name: str, points: np.ndarray,
                annotated: np.ndarray, pictures: Pictures,
                log: RecordLog) -> Optional[PersonRow]:
        if not annotated.any():
            return log.skip(record, 'without a keypoint')
        if not np.isfinite(points[annotated]).all():
            raise ValueError('a joint is not finite')
        path = pictures.find(name,
                             PurePosixPath(name).name,
                             f'images/{PurePosixPath(name).name}')
        points, score = scored(points, annotated, _SHIFT)
        box = points_box(points, annotated, _MARGIN)
        stem = PurePosixPath(name).stem
        return PersonRow(
            stem,
            '0',
            0,
            path,
            pictures.size(path),
            points,
            score,
            box=box,
            **self.fits.find(stem, path, box))


@CONVERTERS.register_module(name='lspet')
class LSPExtended(LSP):
    """``joints.mat`` ``(14, 3, N)`` and ``images/im00001.jpg`` to ``N``.

    The third column says which joints are annotated. All is for training.
    """

    title = 'Leeds Sports Pose, extended'
    digits = 5
    splits = ('train', )

    def joints(self, array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if array.ndim != 3 or array.shape[:2] != (_JOINTS, 3):
            raise ValueError(f'"joints" should be ({_JOINTS}, 3, N), but is '
                             f'{array.shape}; is it of another release?')
        array = array.transpose(2, 0, 1).astype(float)
        return array[..., :2], array[..., 2] > 0


def _pictures(files: SourceFiles, folder: PurePosixPath) -> dict[int, str]:
    """Number of a picture -> its path, of those beside the annotations."""
    names = {}
    for path in map(PurePosixPath, files):
        match = _PICTURE.fullmatch(path.name)
        if match and folder in (path.parent, path.parent.parent):
            names[int(match[1])] = str(path)
    return names
