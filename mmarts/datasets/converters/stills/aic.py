# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""AI Challenger keypoints (arXiv:1711.06475): original and COCO-style."""
from functools import partial
from pathlib import PurePosixPath
from typing import Optional

import numpy as np

from mmarts.registry import CONVERTERS
from ..dataset_converter import Part
from ..formats.json_file import need_keys, read_json
from ..record_log import RecordLog
from ..source_files import SourceFiles
from .coco_people import CocoPeopleConverter
from .people_converter import Records
from .person_row import PersonRow, scored
from .pictures import Pictures

_JOINTS = 14
_ABSENT = 3  # flag of the original; 1 is seen, 2 is hidden


@CONVERTERS.register_module(name='aic')
class AIC(CocoPeopleConverter):
    """``keypoint_*_annotations_*.json``, or COCO-style JSON, a file a split.

    The original list has no sizes of pictures, so their folder is needed.
    """

    title = 'AI Challenger keypoints'
    joint_set = 'aic14'

    def parts(self, files: SourceFiles) -> list[Part]:
        paths = [p for p in files if p.endswith('.json')]
        if not paths:
            raise ValueError(
                f'"{files.root}" has no keypoint_*_annotations_*.json and no '
                f'other JSON; it has {files.summary()}.')
        parts = []
        for path in paths:
            split = PurePosixPath(path).stem
            for name in ('train', 'validation', 'test'):
                split = name if name in split else split
            if files.read(path).lstrip()[:1] == b'[':
                parts.append(Part(split, path, (path, ), 'list'))
            else:
                parts += self.slices(split, path, files)
        return parts

    def records(self, part: Part, files: SourceFiles, pictures: Pictures,
                log: RecordLog) -> Records:
        if part.key != 'list':
            yield from super().records(part, files, pictures, log)
            return
        pictures.require()
        folder = next(
            (PurePosixPath(p).parent.as_posix()
             for p in files if p.endswith('.jpg') and part.split in p),
            'images')
        for number, entry in enumerate(read_json(files, part.paths[0], list)):
            try:
                need_keys(
                    entry,
                    ('image_id', 'keypoint_annotations', 'human_annotations'),
                    'it')
                people = sorted(entry['keypoint_annotations'])
            except (ValueError, TypeError) as error:
                log.bad(f'entry {number}', str(error))
                continue
            for name in people:
                record = f'entry {number} ({entry["image_id"]}), {name}'
                yield record, partial(self._person, record, folder, entry,
                                      name, pictures, log)

    def _person(self, record: str, folder: str, entry: dict, name: str,
                pictures: Pictures, log: RecordLog) -> Optional[PersonRow]:
        values = np.asarray(entry['keypoint_annotations'][name], float)
        if values.shape != (3 * _JOINTS, ):
            raise ValueError(f'it should have {3 * _JOINTS} numbers, but has '
                             f'the shape {values.shape}')
        values = values.reshape(_JOINTS, 3)
        annotated = values[:, 2] != _ABSENT
        if not annotated.any():
            return log.skip(record, 'without a keypoint')
        points, score = scored(values[:, :2], annotated, self.shift)
        box = np.asarray(entry['human_annotations'][name], float)
        image = f'{entry["image_id"]}.jpg'
        path = pictures.find(f'{folder}/{image}', image)
        return PersonRow(
            entry['image_id'],
            name,
            0,
            path,
            pictures.size(path),
            points,
            score,
            box=box,
            **self.fits.find(f'{entry["image_id"]}/{name}', path, box))
