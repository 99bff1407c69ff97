# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""MuCo-3DHP (3DV 2018) as the JSON of 3DMPPE and I2L-MeshNet has it."""
from functools import partial
from pathlib import PurePosixPath
from typing import Optional

import numpy as np

from mmarts.registry import CONVERTERS
from ..dataset_converter import Part
from ..formats.coco_json import CocoFile, image_shape
from ..formats.json_file import need_keys, read_json
from ..record_log import RecordLog
from ..source_files import SourceFiles
from .people_converter import FittedPeopleConverter, Records
from .person_row import PersonRow, corner_box
from .pictures import Pictures

_MM_TO_METRES = 1e-3
_JOINTS = 21
_FILE = 'MuCo-3DHP.json'


@CONVERTERS.register_module(name='muco')
class MuCo(FittedPeopleConverter):
    """``MuCo-3DHP.json``: joints of the camera frame in millimetres.

    ``smpl_param.json`` of I2L-MeshNet is of the form that ``fits`` reads.
    Points come from a projection, so that pixels are the camera's.
    """

    title = 'MuCo-3DHP'
    joint_set = 'muco21'

    def parts(self, files: SourceFiles) -> list[Part]:
        paths = [p for p in files if PurePosixPath(p).name == _FILE]
        if not paths:
            raise ValueError(f'"{files.root}" has no {_FILE}; it has '
                             f'{files.summary()}.')
        return [Part('train', paths[0], (paths[0], ))]

    def records(self, part: Part, files: SourceFiles, pictures: Pictures,
                log: RecordLog) -> Records:
        path = part.paths[0]
        file = CocoFile(read_json(files, path, dict), path)
        for record, reason in file.bad:
            log.bad(record, reason)
        for person in file.people:
            record = f'annotation {person["id"]}'
            yield record, partial(self._person, record, file, person, pictures,
                                  log)

    def _person(self, record: str, file: CocoFile, person: dict,
                pictures: Pictures, log: RecordLog) -> Optional[PersonRow]:
        image = file.picture(person)
        need_keys(image, ('f', 'c'), 'its picture')
        need_keys(person, ('keypoints_img', 'keypoints_cam', 'bbox'), 'it')
        points = np.asarray(person['keypoints_img'], float)
        seen = np.asarray(person.get('keypoints_vis', [True] * _JOINTS), bool)
        if seen.shape != (_JOINTS, ):
            raise ValueError(f'"keypoints_vis" should be {_JOINTS} flags, but '
                             f'is {seen.shape}')
        if not seen.any():
            return log.skip(record, 'nothing of it is seen')
        (fx, fy), (cx, cy) = image['f'], image['c']
        path = image['file_name']
        row = PersonRow(
            str(PurePosixPath(path).with_suffix('')),
            str(person['id']),
            0,
            path,
            pictures.size(path, image_shape(image)),
            np.where(seen[:, None], points, 0),
            seen.astype(float),
            box=corner_box(person['bbox']),
            annotation_id=int(person['id']),
            joints3d=np.asarray(person['keypoints_cam'], float) *
            _MM_TO_METRES)
        fit = self.fits.find(person['id'])
        # The camera is known; a fit's own would be of the same picture.
        fit['K'] = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]], float)
        for name, value in fit.items():
            setattr(row, name, value)
        return row
