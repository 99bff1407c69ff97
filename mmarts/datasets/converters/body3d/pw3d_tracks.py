# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""People of 3DPW: out of its pickles, or out of the JSON made of them."""
import io
from collections import defaultdict
from dataclasses import dataclass
from typing import Iterator

import numpy as np

from mmarts.compat.safe_pickle import read_arrays
from ..formats.json_file import need_keys, read_json
from ..record_log import RecordLog
from ..source_files import SourceFiles
from .track import expect_shape

_GENDERS = dict(m='male', f='female', male='male', female='female')
_KEYS = ('poses', 'trans', 'betas', 'genders', 'cam_poses', 'cam_intrinsics',
         'campose_valid', 'poses2d')


@dataclass
class PersonTrack:
    """One person of one sequence.

    Args:
        sequence: Its name.
        person: Number of the person.
        gender: ``'male'`` or ``'female'``.
        size: Width and height of the pictures.
        frames: ``(F,)`` numbers of the frames, increasing.
        valid: ``(F,)`` whether there is a camera.
        rows: One row a frame: ``poses`` (72), ``trans`` and ``betas`` (10)
            of SMPL in the world, ``R`` and ``t`` of the camera, ``K``,
            ``poses2d`` (3, 18) of OpenPose. Of JSON also ``annotation_id``,
            ``root`` (3) before the camera in place of ``trans``, and the
            camera in the world as ``world_R``, ``world_t``.
    """

    sequence: str
    person: str
    gender: str
    size: tuple[int, int]
    frames: np.ndarray
    valid: np.ndarray
    rows: dict[str, np.ndarray]

    @property
    def record(self) -> str:
        """Words for the report."""
        return f'{self.sequence}, person {self.person}'


def read_sequence(files: SourceFiles, path: str,
                  log: RecordLog) -> Iterator[PersonTrack]:
    """People of a pickle.

    Raises:
        ValueError: If the file as a whole is none of 3DPW's.
    """
    content = read_arrays(io.BytesIO(files.read(path)), path)
    missing = [key for key in ('sequence', *_KEYS) if key not in content]
    if missing:
        raise ValueError(f'lacks {missing}; is it a sequence of 3DPW?')
    cameras = expect_shape('cam_poses', content['cam_poses'], (None, 4, 4))
    K = expect_shape('cam_intrinsics', content['cam_intrinsics'], (3, 3))
    name, count = str(content['sequence']), len(cameras)
    # The principal point is the middle of the picture.
    size = tuple(np.round(2 * K[:2, 2]).astype(int).tolist())
    for person in range(len(content['poses'])):
        try:
            gender, valid, rows = _person(content, person, count)
        except ValueError as error:
            log.bad(f'{name}, person {person}', str(error))
            continue
        rows.update(
            R=cameras[:, :3, :3],
            t=cameras[:, :3, 3],
            K=np.broadcast_to(K, (count, 3, 3)))
        yield PersonTrack(name, str(person), gender, size, np.arange(count),
                          valid, rows)


def read_json_tracks(files: SourceFiles, path: str,
                     log: RecordLog) -> Iterator[PersonTrack]:
    """People of ``3DPW_latest_<split>.json`` (Pose2Mesh, PMCE, ARTS).

    Its SMPL parameters are before the camera. Its ``trans`` was made with
    the neutral body's root; where there is ``joint_cam``, its first joint,
    which the release gives, says where the root is (``root``).

    Raises:
        ValueError: If the file as a whole is none of those.
    """
    data = read_json(files, path, dict)
    need_keys(data, ('images', 'annotations'), 'the file')
    images = {}
    for number, image in enumerate(data['images']):
        try:
            need_keys(image, ('id', 'sequence', 'frame_idx', 'width', 'height',
                              'cam_param'), f'images[{number}]')
            images[image['id']] = image
        except ValueError as error:
            log.bad('', str(error))
    tracks = defaultdict(list)
    for number, note in enumerate(data['annotations']):
        what = f'annotations[{number}]'
        try:
            need_keys(note, ('id', 'image_id', 'person_id', 'smpl_param',
                             'openpose_result'), what)
            if note['image_id'] not in images:
                raise ValueError(f'{what} belongs to no image')
            image = images[note['image_id']]
            record = _json_row(note, image, what)
        except (ValueError, KeyError, TypeError) as error:
            log.bad(
                '',
                str(error) if isinstance(error, ValueError) else
                f'{what} is of another layout ({error!r})')
            continue
        tracks[image['sequence'], str(note['person_id'])].append(record)
    for (sequence, person), records in tracks.items():
        records.sort(key=lambda record: record['frame'])
        keys = set.intersection(*map(set, records))
        rows = {
            key: np.array([record[key] for record in records])
            for key in sorted(keys - {'frame', 'gender', 'size'})
        }
        frames = np.array([record['frame'] for record in records])
        yield PersonTrack(sequence, person,
                          records[0]['gender'], records[0]['size'], frames,
                          np.ones(len(frames), bool), rows)


def _person(content: dict, person: int,
            frames: int) -> tuple[str, np.ndarray, dict[str, np.ndarray]]:
    """Gender of a person, valid frames, and one row a frame.

    Raises:
        ValueError: If arrays are missing or of different lengths.
    """
    shapes = dict(
        poses=(frames, 72),
        trans=(frames, 3),
        campose_valid=(frames, ),
        poses2d=(frames, 3, 18))
    short = [
        k for k in (*shapes, 'betas', 'genders') if len(content[k]) <= person
    ]
    if short:
        raise ValueError(f'{short} hold fewer people than poses')
    rows = {
        key: expect_shape(key, content[key][person], shape)
        for key, shape in shapes.items()
    }
    betas = expect_shape('betas', content['betas'][person], (None, ))
    gender = _GENDERS.get(str(content['genders'][person]))
    if gender is None or len(betas) < 10:
        raise ValueError(
            'genders should be "m" or "f" and betas 10 numbers, but they are '
            f'"{content["genders"][person]}" and {len(betas)} numbers')
    valid = rows.pop('campose_valid') > 0
    return gender, valid, dict(
        rows, betas=np.broadcast_to(betas[:10], (frames, 10)))


def _json_row(note: dict, image: dict, what: str) -> dict:
    """One row; the camera of the world is kept beside it."""
    smpl, camera = note['smpl_param'], image['cam_param']
    shapes = dict(
        poses=(smpl['pose'], (72, )),
        betas=(smpl['shape'][:10], (10, )),
        trans=(smpl['trans'], (3, )),
        poses2d=(note['openpose_result'], (18, 3)))
    if 'joint_cam' in note:
        shapes['root'] = note['joint_cam'][0], (3, )
    if 'R' in camera and 't' in camera:
        shapes['world_R'] = camera['R'], (3, 3)
        shapes['world_t'] = camera['t'], (3, )
    row = {
        key: expect_shape(f'{what}: {key}', np.array(value, float), shape)
        for key, (value, shape) in shapes.items()
    }
    gender = _GENDERS.get(smpl['gender'])
    if gender is None:
        raise ValueError(f'{what}: a gender should be "male" or "female", but '
                         f'is "{smpl["gender"]}"')
    K = np.eye(3)
    K[[0, 1], [0, 1]] = camera['focal']
    K[:2, 2] = camera['princpt']
    return dict(
        row,
        poses2d=row['poses2d'].T,
        # The parameters are before the camera already.
        R=np.eye(3),
        t=np.zeros(3),
        K=K,
        annotation_id=int(note['id']),
        frame=int(image['frame_idx']),
        gender=gender,
        size=(int(image['width']), int(image['height'])))
