# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Base of the converters that read COCO-style JSON."""
from functools import lru_cache, partial
from pathlib import PurePosixPath
from typing import Optional

from mmarts.structures import get_joint_set
from ..dataset_converter import Part
from ..formats.coco_json import CocoFile, image_shape
from ..formats.json_file import read_json
from ..formats.outline import outline_grid
from ..record_log import RecordLog
from ..source_files import SourceFiles
from .people_converter import FittedPeopleConverter, Records
from .person_row import PersonRow, corner_box, points_box, scored
from .pictures import Pictures

# People of a file are converted in slices, so that several processes share
# it; a slice is about this many bytes of JSON.
_SLICE_BYTES = 32 << 20
# Points at the rim of a body are inside it.
_MARGIN = 0.1


class CocoPeopleConverter(FittedPeopleConverter):
    """People of COCO-style files.

    Subclasses fill ``joint_set`` and ``shift``: what brings the corner of a
    picture to 0. COCO counts pixels from 0, and a keypoint is a pixel, whose
    centre lies half a pixel further.

    Args:
        images: As :class:`PeopleConverter`.
        fits: JSON files of NeuralAnnot or EFT; none without.
        body: As :class:`FittedPeopleConverter`.
        masks: Whether to keep outlines where there are any.
    """

    shift: float = 0.5

    def __init__(self,
                 images: str = '',
                 fits: tuple[str, ...] = (),
                 body: Optional[dict] = None,
                 masks: bool = True) -> None:
        super().__init__(images, fits, body)
        self.masks = masks

    def slices(self, split: str, path: str, files: SourceFiles) -> list[Part]:
        """Parts of one JSON file."""
        count = 1 + files.size(path) // _SLICE_BYTES
        return [
            Part(split, f'{path} {i + 1} of {count}', (path, ), f'{i} {count}')
            for i in range(count)
        ]

    def records(self, part: Part, files: SourceFiles, pictures: Pictures,
                log: RecordLog) -> Records:
        file = _open(files, part.paths[0], len(get_joint_set(self.joint_set)))
        number, count = map(int, part.key.split())
        for record, reason in file.bad if number == 0 else ():
            log.bad(record, reason)
        people = file.people
        step = -(-len(people) // count)
        for person in people[number * step:(number + 1) * step]:
            record = f'annotation {person["id"]}'
            yield record, partial(self.row, part, file, person, pictures, log)

    def row(self, part: Part, file: CocoFile, person: dict, pictures: Pictures,
            log: RecordLog) -> Optional[PersonRow]:
        """A person; None for one without a keypoint.

        Raises:
            ValueError: If the annotation is malformed.
        """
        record = f'annotation {person["id"]}'
        if person.get('iscrowd'):
            return log.skip(record, 'a crowd')
        points, flags = file.points(person)
        annotated = self.annotated(flags)
        if not annotated.any():
            return log.skip(record, 'without a keypoint')
        image = file.picture(person)
        path = self.picture_path(part, image, pictures)
        points, score = scored(points, annotated, self.shift)
        box = corner_box(person['bbox']) if 'bbox' in person else points_box(
            points, annotated, _MARGIN)
        sequence, name, frame = self.track(image, person)
        row = PersonRow(
            sequence,
            name,
            frame,
            path,
            pictures.size(path, image_shape(image)),
            points,
            score,
            box=box,
            annotation_id=int(person['id']),
            **self.fits.find(person['id'], path, box))
        if self.masks and person.get('segmentation'):
            row.mask = outline_grid(person['segmentation'], box,
                                    row.image_size)
        return row

    def annotated(self, flags):
        """``(K,)`` bool from COCO's flags: 0 is not labelled."""
        return flags > 0

    def track(self, image: dict, person: dict) -> tuple[str, str, int]:
        """Sequence, person and frame: here a still."""
        name = PurePosixPath(image['file_name']).with_suffix('')
        return str(name), str(person['id']), 0

    def picture_path(self, part: Part, image: dict, pictures: Pictures) -> str:
        """Path of a picture, relative to the folder of all."""
        return image['file_name']


@lru_cache(maxsize=1)
def _open(files: SourceFiles, path: str, keypoints: int) -> CocoFile:
    # Slices of a file come one after the other in a process.
    return CocoFile(read_json(files, path, dict), path, keypoints)
