# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""InstaVariety (arXiv:1812.01601): TFRecords with pictures in them."""
import io
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Iterator, Optional

import numpy as np
from PIL import Image, UnidentifiedImageError

from mmarts.registry import CONVERTERS
from mmarts.structures import get_joint_set
from mmarts.utils.files import whole_file
from ..dataset_converter import Part
from ..formats.tfrecord import parse_tfrecord, read_example
from ..record_log import RecordLog
from ..source_files import SourceFiles
from ..stills.people_converter import PeopleConverter, Records
from ..stills.person_row import PersonRow, points_box, scored
from ..stills.pictures import Pictures

# What OpenPose calls the points of image/xys, face_pts and toe_pts. The
# first and the sixth are heels; the ankles are among the points of the feet.
_BODY = ('OP_R_Heel', 'OP_R_Knee', 'OP_R_Hip', 'OP_L_Hip', 'OP_L_Knee',
         'OP_L_Heel', 'OP_R_Wrist', 'OP_R_Elbow', 'OP_R_Shoulder',
         'OP_L_Shoulder', 'OP_L_Elbow', 'OP_L_Wrist', 'OP_Neck', 'Head_Top')
_FACE = ('OP_Nose', 'OP_L_Eye', 'OP_R_Eye', 'OP_L_Ear', 'OP_R_Ear')
_FEET = ('OP_L_Big_Toe', 'OP_R_Big_Toe', 'OP_L_Small_Toe', 'OP_R_Small_Toe',
         'OP_L_Ankle', 'OP_R_Ankle')
_SHIFT = 0.5  # OpenPose's pixels have their centres at whole numbers
_MARGIN = 0.1


@CONVERTERS.register_module(name='instavariety')
class InstaVariety(PeopleConverter):
    """``{train,test}/*.tfrecord`` of Human Dynamics.

    Detections of OpenPose, written as SPIN's 49 joints, of which these are
    25. A record is a video of one person; its pictures are in it.

    Args:
        images: Folder to write the pictures to, as
            ``<split>/<file>/<record>/<frame>.jpg``; those that are there are
            kept. Without, the rows name them, and nothing is written.
        fps: Frames a second, which the files do not say.
    """

    title = 'InstaVariety'
    joint_set = 'spin49'

    def __init__(self, images: str = '', fps: float = 30.) -> None:
        super().__init__('')
        self.folder, self.fps = images, fps or 30.

    def parts(self, files: SourceFiles) -> list[Part]:
        paths = [p for p in files if p.endswith('.tfrecord')]
        if not paths:
            raise ValueError(f'"{files.root}" has no *.tfrecord; it has '
                             f'{files.summary()}.')
        return [
            Part('test' if 'test' in PurePosixPath(p).parts else 'train', p,
                 (p, )) for p in paths
        ]

    def records(self, part: Part, files: SourceFiles, pictures: Pictures,
                log: RecordLog) -> Records:
        stem = PurePosixPath(part.paths[0]).stem
        # One file is open at a time: 100 MB or so.
        data = files.read(part.paths[0])
        for number, record in enumerate(_readable(data, log)):
            name = f'{part.split}/{stem}/{number:04}'
            try:
                video = _video(record)
            except ValueError as error:
                log.bad(f'record {number}', str(error))
                continue
            for frame, values in enumerate(video):
                words = f'record {number}, frame {frame}'
                yield words, partial(self._person, words, name, frame, *values,
                                     log)

    def _person(self, record: str, name: str, frame: int, picture: bytes,
                points: np.ndarray, flags: np.ndarray, preprocessed: bool,
                log: RecordLog) -> Optional[PersonRow]:
        width, height = _size(picture)
        if preprocessed:  # to [-1, 1] across the picture
            points = (points + 1) / 2 * (width, height) - _SHIFT
        seen = flags > 0
        if not seen.any():
            return log.skip(record, 'without a keypoint')
        joint_set = get_joint_set(self.joint_set)
        at = joint_set.index(*_BODY, *_FACE, *_FEET)
        keypoints, score = np.zeros(
            (len(joint_set), 2)), np.zeros(len(joint_set))
        keypoints[at], score[at] = scored(points, seen, _SHIFT)
        score[at] *= flags.clip(0, 1)
        path = f'{name}/{frame:04}.jpg'
        if self.folder and not (Path(self.folder) / path).exists():
            with whole_file(Path(self.folder) / path) as temporary:
                temporary.write_bytes(picture)
        return PersonRow(
            name,
            '0',
            frame,
            path, (width, height),
            keypoints,
            score,
            box=points_box(keypoints, score > 0, _MARGIN))


def _readable(data: bytes, log: RecordLog) -> Iterator[bytes]:
    """Records up to the first one that is damaged."""
    try:
        yield from parse_tfrecord(data)
    except ValueError as error:
        log.bad('', str(error))


def _video(record: bytes) -> list[tuple]:
    """Picture, points ``(25, 2)``, scores ``(25,)`` and whether they are
    preprocessed, of each frame.

    Raises:
        ValueError: If something is missing or of another size.
    """
    content = read_example(record)
    missing = [
        k for k in ('meta/N', 'image/encoded', 'image/xys',
                    'image/visibilities', 'image/face_pts') if k not in content
    ]
    if missing:
        raise ValueError(f'it lacks {missing}; it has {sorted(content)[:12]}')
    frames = int(content['meta/N'][0])
    feet = content.get('image/toe_pts', content.get('image/toes_pts', ()))
    if not len(feet):  # the earliest files have none
        feet = np.zeros(frames * 3 * len(_FEET))
    sizes = {
        'image/encoded': (len(content['image/encoded']), 1),
        'image/xys': (len(content['image/xys']), 2 * len(_BODY)),
        'image/visibilities': (len(content['image/visibilities']), len(_BODY)),
        'image/face_pts': (len(content['image/face_pts']), 3 * len(_FACE)),
        'image/toe_pts': (len(feet), 3 * len(_FEET))
    }
    wrong = {k: n for k, (n, each) in sizes.items() if n != frames * each}
    if wrong:
        raise ValueError(f'{frames} frames should have '
                         f'{ {k: frames * sizes[k][1] for k in wrong} } '
                         f'numbers, but have {wrong}')
    body = np.concatenate([
        content['image/xys'].reshape(frames, 2, -1),
        content['image/visibilities'].reshape(frames, 1, -1)
    ], 1)
    points = np.concatenate([
        body, content['image/face_pts'].reshape(frames, 3, -1),
        np.reshape(feet, (frames, 3, -1))
    ], 2).transpose(0, 2, 1).astype(float)
    preprocessed = 'image/phis' in content
    return [(picture, values[:, :2], values[:, 2], preprocessed)
            for picture, values in zip(content['image/encoded'], points)]


def _size(picture: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(picture)) as image:
            return image.size
    except (UnidentifiedImageError, OSError, SyntaxError):
        raise ValueError('its picture cannot be read') from None
