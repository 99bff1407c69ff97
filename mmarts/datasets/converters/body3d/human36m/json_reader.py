# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Human3.6M as Pose2Mesh (ECCV 2020), PMCE and ARTS have it: JSON."""
import re
from collections import defaultdict
from pathlib import PurePosixPath
from typing import Iterator, Optional

import numpy as np

from ...dataset_converter import Part
from ...formats.json_file import need_keys, read_json
from ...image_files import ImageFiles
from ...record_log import RecordLog
from ...source_files import SourceFiles
from ..bodies import Bodies
from ..camera_rows import MM_TO_METRES, Camera
from ..fits import NO_FIT, fit_rows, skip_rows
from ..track import chunks, expect_shape
from .common import SPLITS, camera_track, named

_DATA = re.compile(r'Human36M_subject(\d+)_data\.json')
# Files beside it, and the fits: Pose2Mesh's, then NeuralAnnot's.
_FITS = ('smpl_param', 'SMPL_NeuralAnnot')
_IMAGE_KEYS = ('id', 'file_name', 'width', 'height', 'action_name',
               'action_idx', 'subaction_idx', 'cam_idx', 'frame_idx')
# The joints of this motion are not those of its pictures.
_WRONG = ('s_11_act_02_subact_02', 'motion whose joints are not its own')
_FAR = 'SMPL fits too far from the joints'


class Human36MJSON:
    """``annotations/Human36M_subject*_{data,camera,joint_3d,...}.json``.

    Args:
        fps: Rate of the result.
        images: Where the pictures are looked for, below ``images/``.
        bodies: For SMPL fits; None where they are not read.
        fit_limit_mm: Distance at which a fit is masked.
    """

    def __init__(self, fps: float, images: ImageFiles,
                 bodies: Optional[Bodies], fit_limit_mm: float) -> None:
        self.fps = fps
        self.images = images
        self.bodies = bodies
        self.fit_limit = fit_limit_mm * MM_TO_METRES

    def parts(self, files: SourceFiles) -> list[Part]:
        """A subject each; empty if there is no such file."""
        parts = []
        for path in files:
            match = _DATA.fullmatch(PurePosixPath(path).name)
            if not match:
                continue
            subject = f'S{match[1]}'
            stem = path.removesuffix('data.json')
            others = [f'{stem}{kind}.json' for kind in ('camera', 'joint_3d')]
            fits = [f'{stem}{kind}.json' for kind in _FITS]
            fits = [f for f in fits if f in files][:1] if self.bodies else []
            parts.append(
                Part(
                    SPLITS.get(subject, 'other'), subject,
                    tuple(p for p in (path, *others, *fits) if p in files),
                    'json'))
        return parts

    def read(self, part: Part, files: SourceFiles,
             log: RecordLog) -> Iterator[dict[str, np.ndarray]]:
        """Tracks of one subject."""
        stem = part.paths[0].removesuffix('data.json')
        cameras = read_json(files, f'{stem}camera.json', dict)
        joints = read_json(files, f'{stem}joint_3d.json', dict)
        fits = [p for p in part.paths if p.endswith(_endings(_FITS))]
        fits = read_json(files, fits[0], dict) if fits else None
        if fits is None and self._of_fits:
            raise ValueError(
                f'"{self.bodies.joint_set}" joints come from SMPL '
                f'fits, and there is no {stem}{_FITS[0]}.json')
        data = read_json(files, part.paths[0], dict)
        for (motion, camera), images in _tracks(data, log).items():
            record = f'sequence {motion}_ca_{camera:0>2}'
            if motion == _WRONG[0]:
                log.skip(record, _WRONG[1], len(images))
                continue
            try:
                rows = self._track(images, cameras, joints, fits, record, log)
            except (ValueError, LookupError, TypeError) as error:
                log.bad(record, _why(error))
                continue
            yield from chunks(rows)

    @property
    def _of_fits(self) -> bool:
        return self.bodies is not None and self.bodies.joint_set != 'h36m17'

    def _track(self, images: list[dict], cameras: dict, joints: dict,
               fits: Optional[dict], record: str,
               log: RecordLog) -> dict[str, np.ndarray]:
        """Rows of one motion before one camera."""
        images = [i for i in images if self._is_there(i, record, log)]
        images.sort(key=lambda image: image['frame_idx'])
        first, frames = images[0], [i['frame_idx'] for i in images]
        camera = _camera(cameras[str(first['cam_idx'])], first)
        motion = str(first['action_idx']), str(first['subaction_idx'])
        joints = joints[motion[0]][motion[1]]
        world = np.array([
            expect_shape(f'joint_3d of frame {frame}',
                         np.array(joints[str(frame)], float), (17, 3))
            for frame in frames
        ])
        rows, arrays = camera_track(camera,
                                    camera.to_camera(world * MM_TO_METRES),
                                    np.array(frames), self.fps, record, log)
        images = [images[row] for row in rows]
        if fits is not None and len(rows):
            fits = fits.get(motion[0], {}).get(motion[1], {})
            fits = [fits.get(str(i['frame_idx'])) for i in images]
            arrays.update(self._fits(fits, camera, arrays, record, log))
        boxes = np.array([i['bbox'] for i in images], float)
        if len(boxes):
            boxes = expect_shape('bbox', boxes, (len(images), 4))
            boxes[:, 2:] += boxes[:, :2]
            arrays.update(box=boxes, box_valid=boxes[:, 2] > boxes[:, 0])
        sequence = PurePosixPath(first['file_name']).parent.name
        return named(arrays, sequence or record.split()[-1],
                     first['action_name'],
                     [f'images/{i["file_name"]}' for i in images])

    def _is_there(self, image: dict, record: str, log: RecordLog) -> bool:
        fault = self.images.fault(
            f'images/{image["file_name"]}', None if image['frame_idx'] else
            (image['width'], image['height']))
        if fault:
            log.bad(f'{record}, frame {image["frame_idx"]}', fault)
        return not fault

    def _fits(self, fits: list[Optional[dict]], camera: Camera,
              arrays: dict[str, np.ndarray], record: str,
              log: RecordLog) -> dict[str, np.ndarray]:
        """Arrays of the SMPL fits; joints too, where they come from them."""
        frames, joints = arrays['frame_index'], arrays['joints3d']
        fitted = fit_rows(fits, camera, self.bodies)
        skip_rows(~fitted.valid, frames, record, NO_FIT, log)
        mocap = fitted.joints(self.bodies, 'h36m17') - joints
        # Pose2Mesh's measure: up to a translation.
        apart = np.linalg.norm(
            mocap - mocap.mean(1, keepdims=True), axis=-1).mean(1)
        near = apart <= self.fit_limit
        skip_rows(fitted.valid & ~near, frames, record, _FAR, log)
        return fitted.arrays(self.bodies, camera, fitted.valid & near,
                             self._of_fits)


def _tracks(data: dict, log: RecordLog) -> dict[tuple, list[dict]]:
    """Images with their boxes, by motion and camera."""
    need_keys(data, ('images', 'annotations'), 'the file')
    boxes = {}
    for number, note in enumerate(data['annotations']):
        try:
            need_keys(note, ('image_id', 'bbox'), f'annotations[{number}]')
            boxes[note['image_id']] = note['bbox']
        except ValueError as error:
            log.bad('', str(error))
    tracks = defaultdict(list)
    for number, image in enumerate(data['images']):
        try:
            need_keys(image, _IMAGE_KEYS, f'images[{number}]')
            if image['id'] not in boxes:
                raise ValueError(f'images[{number}] has no annotation')
        except ValueError as error:
            log.bad('', str(error))
            continue
        name = PurePosixPath(image['file_name']).name
        motion = re.sub(r'_ca_\d+_\d+\.\w+$', '', name)
        tracks[motion, str(image['cam_idx'])].append(
            dict(image, bbox=boxes[image['id']]))
    return tracks


def _camera(values: dict, image: dict) -> Camera:
    need_keys(values, ('R', 't', 'f', 'c'), 'the camera')
    arrays = {
        key: expect_shape(f'{key} of the camera', np.array(values[key]), shape)
        for key, shape in dict(R=(3, 3), t=(3, ), f=(2, ), c=(2, )).items()
    }
    return Camera(arrays['R'], arrays['t'] * MM_TO_METRES, arrays['f'],
                  arrays['c'], (image['width'], image['height']))


def _endings(kinds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f'_{kind}.json' for kind in kinds)


def _why(error: Exception) -> str:
    if isinstance(error, ValueError):
        return str(error)
    if isinstance(error, LookupError):
        return f'there is no entry {error} for it in the other files'
    return f'is of another layout ({error})'
