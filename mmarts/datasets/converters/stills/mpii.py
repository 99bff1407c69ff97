# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""MPII Human Pose (CVPR 2014): its own file, and JSON of two kinds."""
from functools import partial
from pathlib import PurePosixPath
from typing import Iterator, Optional

import numpy as np

from mmarts.registry import CONVERTERS
from ..dataset_converter import Part
from ..formats.json_file import need_keys, read_json
from ..formats.mat_file import read_mat
from ..record_log import RecordLog
from ..source_files import SourceFiles
from .coco_people import CocoPeopleConverter
from .people_converter import Records
from .person_row import PersonRow, points_box, scored
from .pictures import Pictures

_JOINTS = 16
_SCALE = 200.  # pixels of scale 1, a person's height
_MARGIN = 0.1
_KINDS = {'.mat': 'mat', '.json': 'json'}


@CONVERTERS.register_module(name='mpii')
class MPII(CocoPeopleConverter):
    """``mpii_human_pose_v1_u12_1.mat``, or JSON files.

    JSON is COCO-style, a file a split, or the list of people that HRNet and
    mmpose use. The ``.mat`` and the list have no sizes of pictures, so the
    folder of pictures is needed. All count pixels from 1, as MATLAB does.
    """

    title = 'MPII Human Pose'
    joint_set = 'mpii16'
    shift = -0.5

    def parts(self, files: SourceFiles) -> list[Part]:
        mats = [p for p in files if p.endswith('.mat') and 'mpii' in p.lower()]
        if mats:
            return [Part('train', mats[0], (mats[0], ), 'mat')]
        parts = []
        for path in (p for p in files if p.endswith('.json')):
            split = PurePosixPath(path).stem
            if files.read(path).lstrip()[:1] == b'[':
                parts.append(Part(split, path, (path, ), 'list'))
            else:
                parts += self.slices(split, path, files)
        if not parts:
            raise ValueError(f'"{files.root}" has no mpii_human_pose_*.mat '
                             f'and no JSON; it has {files.summary()}.')
        return parts

    def records(self, part: Part, files: SourceFiles, pictures: Pictures,
                log: RecordLog) -> Records:
        if part.key == 'mat':
            people = _mat_people(files, part.paths[0], log)
        elif part.key == 'list':
            people = _listed_people(files, part.paths[0])
        else:
            yield from super().records(part, files, pictures, log)
            return
        pictures.require()
        for record, image, name, entry in people:
            yield record, partial(self._person, record, image, name, entry,
                                  pictures, log)

    def _person(self, record: str, image: str, name: str, read,
                pictures: Pictures, log: RecordLog) -> Optional[PersonRow]:
        points, annotated, box = read()
        if not annotated.any():
            return log.skip(record, 'without a keypoint')
        points, score = scored(points, annotated, self.shift)
        around = points_box(points, annotated, _MARGIN)
        # The square is a rough place: limbs reach beyond it.
        box = around if box is None else np.concatenate(
            [np.minimum(box[:2], around[:2]),
             np.maximum(box[2:], around[2:])])
        path = pictures.find(image, f'images/{image}')
        return PersonRow(
            PurePosixPath(image).stem,
            name,
            0,
            path,
            pictures.size(path),
            points,
            score,
            box=box,
            **self.fits.find(f'{image}/{name}', path, box))


def _listed_people(files: SourceFiles, path: str) -> Iterator[tuple]:
    """Record, picture, name and reader of each person of a list."""
    for number, entry in enumerate(read_json(files, path, list)):
        record = f'person {number}'
        image = entry.get('image', '') if isinstance(entry, dict) else ''
        yield record, image, str(number), partial(_listed, entry)


def _listed(entry: dict) -> tuple:
    need_keys(entry, ('image', 'joints', 'joints_vis', 'center', 'scale'),
              'it')
    points = np.asarray(entry['joints'], float)
    visible = np.asarray(entry['joints_vis'], float)
    if points.shape != (_JOINTS, 2) or visible.shape != (_JOINTS, ):
        raise ValueError(f'it should have {_JOINTS} joints, but has '
                         f'{points.shape} and flags {visible.shape}')
    return points, visible > 0, _box(entry['center'], entry['scale'])


def _mat_people(files: SourceFiles, path: str,
                log: RecordLog) -> Iterator[tuple]:
    """The same of the original file, in which test people have no joints."""
    release = read_mat(files, path, 'RELEASE')['RELEASE']
    entries = np.atleast_1d(release.annolist)
    is_train = np.atleast_1d(release.img_train)
    if len(entries) != len(is_train):
        raise ValueError(f'{len(entries)} pictures, but {len(is_train)} flags '
                         'in img_train')
    for number, (entry, train) in enumerate(zip(entries, is_train)):
        people = _structs(entry, 'annorect')
        if not train:
            log.skip(f'picture {number}', 'of the test set, which has no '
                     'annotations', max(len(people), 1))
            continue
        for index, person in enumerate(people):
            yield (f'picture {number} ({entry.image.name}), person {index}',
                   str(entry.image.name), str(index),
                   partial(_mat_person, person))


def _mat_person(person) -> tuple:
    points = np.zeros((_JOINTS, 2))
    annotated = np.zeros(_JOINTS, bool)
    for holder in _structs(person, 'annopoints'):
        for point in _structs(holder, 'point'):
            if not 0 <= int(point.id) < _JOINTS:
                raise ValueError(f'it has a joint of number {point.id}')
            points[int(point.id)] = point.x, point.y
            annotated[int(point.id)] = True
    box = None
    for place in _structs(person, 'objpos'):
        box = _box((place.x, place.y), person.scale)
    return points, annotated, box


def _structs(holder, name: str) -> list:
    """Structs of a field, which may be missing, empty, one or several."""
    value = np.atleast_1d(getattr(holder, name, []))
    return [v for v in value.tolist() if hasattr(v, '_fieldnames')]


def _box(centre, scale) -> np.ndarray:
    """``(4,)`` x1 y1 x2 y2 of a square as high as the person."""
    centre = np.asarray(centre, float) + MPII.shift
    half = float(scale) * _SCALE / 2
    return np.concatenate([centre - half, centre + half])
