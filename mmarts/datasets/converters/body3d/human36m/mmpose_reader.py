# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Human3.6M as mmpose has it: COCO-style JSON and cameras.pkl."""
import ast
import io
import re
from collections import defaultdict
from pathlib import PurePosixPath
from typing import Iterator

import numpy as np

from mmarts.compat.safe_pickle import read_arrays
from ...dataset_converter import Part
from ...formats.json_file import need_keys, read_json
from ...image_files import ImageFiles
from ...record_log import RecordLog
from ...source_files import SourceFiles
from ..camera_rows import Camera
from ..track import chunks, expect_shape
from .common import SPLITS, action_name, camera_track, image_size, named

_JSON, _CAMERAS = re.compile(r'h36m_coco.*\.json'), 'cameras.pkl'
_SIZES = dict(keypoints=17 * 3, keypoints_3d=17 * 4)
_SUBJECT = re.compile(rb'"(?:[^"/]*/)*(S\d+)_[^"/]*"')
_PICTURE = re.compile(r'(S\d+)_(.+)\.(\d{8})_(\d+)\.\w+')


class Human36MMMPose:
    """``h36m_coco*.json`` with ``keypoints_3d``, and ``cameras.pkl``.

    Args:
        fps: Rate of the result.
        images: Where the pictures are looked for, in folders by subject and
            clip as mmpose's extraction makes them.
    """

    def __init__(self, fps: float, images: ImageFiles) -> None:
        self.fps = fps
        self.images = images

    def parts(self, files: SourceFiles) -> list[Part]:
        """A JSON file and split each; empty if there is no such file."""
        cameras = [p for p in files if PurePosixPath(p).name == _CAMERAS]
        parts = []
        for path in files:
            if not _JSON.fullmatch(PurePosixPath(path).name) or not cameras:
                continue
            found = {
                SPLITS.get(subject.decode())
                for subject in set(_SUBJECT.findall(files.read(path)))
            }
            parts += [
                Part(split,
                     PurePosixPath(path).stem, (path, cameras[0]), 'mmpose')
                for split in ('train', 'test') if split in found
            ]
        return parts

    def read(self, part: Part, files: SourceFiles,
             log: RecordLog) -> Iterator[dict[str, np.ndarray]]:
        """Tracks of the subjects of one split."""
        cameras = _read_cameras(files, part.paths[1])
        data = read_json(files, part.paths[0], dict)
        for clip, records in _clips(data, part.split, log).items():
            try:
                rows = self._track(clip, records, cameras, log)
            except (ValueError, KeyError) as error:
                log.bad(f'clip {".".join(clip)}', ' '.join(error.args))
                continue
            yield from chunks(rows)

    def _track(self, clip: tuple[str, str, str], records: list[dict],
               cameras: dict, log: RecordLog) -> dict[str, np.ndarray]:
        subject, motion, camera_id = clip
        if clip[::2] not in cameras:
            raise ValueError(f'cameras.pkl has no camera {clip[::2]}')
        camera = cameras[clip[::2]]
        name = f'{subject}/{motion}/{camera_id}'
        records = [r for r in records if self._is_there(r, camera, name, log)]
        records.sort(key=lambda record: record['frame'])
        joints = np.array([r['keypoints_3d'] for r in records], float)
        joints = expect_shape('keypoints_3d', joints.reshape(len(records), -1),
                              (len(records), 17 * 4)).reshape(-1, 17, 4)
        frames = np.array([r['frame'] for r in records])
        rows, arrays = camera_track(camera, camera.to_camera(joints[..., :3]),
                                    frames, self.fps, f'clip {name}', log)
        records = [records[row] for row in rows]
        points = np.array([r['keypoints'] for r in records], float)
        points = expect_shape('keypoints', points, (len(records), 17 * 3))
        points = points.reshape(-1, 17, 3)
        valid = joints[rows][..., 3] > 0
        arrays.update(
            joints3d_valid=valid,
            keypoints2d=points[..., :2],
            keypoints2d_score=(points[..., 2] > 0).astype(np.float32))
        return named(arrays, name, action_name(motion),
                     [r['image'] for r in records])

    def _is_there(self, record: dict, camera: Camera, name: str,
                  log: RecordLog) -> bool:
        fault = self.images.fault(record['image'],
                                  None if record['frame'] else camera.size)
        if fault:
            log.bad(f'clip {name}, frame {record["frame"]}', fault)
        return not fault


def _clips(data: dict, split: str, log: RecordLog) -> dict[tuple, list[dict]]:
    """Annotations with their frames and pictures, by clip."""
    need_keys(data, ('images', 'annotations'), 'the file')
    images, clips = {}, defaultdict(list)
    for number, image in enumerate(data['images']):
        need_keys(image, ('id', 'file_name'), f'images[{number}]')
        images[image['id']] = image['file_name']
    for number, note in enumerate(data['annotations']):
        what = f'annotations[{number}]'
        try:
            need_keys(note, ('image_id', 'keypoints', 'keypoints_3d'), what)
            for key, size in _SIZES.items():
                expect_shape(f'{what}: {key}', np.array(note[key], float),
                             (size, ))
            if note['image_id'] not in images:
                raise ValueError(f'{what} belongs to no image')
            name = PurePosixPath(images[note['image_id']]).name
            match = _PICTURE.fullmatch(name)
            if not match:
                raise ValueError(f'{what}: "{name}" should be called as '
                                 'S1_Directions_1.54138969_000001.jpg')
        except ValueError as error:
            log.bad('', str(error))
            continue
        subject, motion, camera, frame = match.groups()
        if SPLITS.get(subject) == split:
            clip = f'{subject}_{motion}.{camera}'
            clips[subject, motion, camera].append(
                dict(
                    note,
                    frame=int(frame) - 1,
                    image=f'{subject}/{clip}/{name}'))
    return clips


def _read_cameras(files: SourceFiles, path: str) -> dict[tuple, Camera]:
    """Cameras by subject and id.

    There ``R`` turns the camera's axes to the world's, and ``T`` is the
    camera's place in the world, metres.
    """
    content = read_arrays(io.BytesIO(files.read(path)), path)
    cameras = {}
    for key, values in content.items():
        key = ast.literal_eval(key) if isinstance(key, str) else key
        need_keys(values, ('R', 'T', 'c', 'f', 'k', 'p'), f'camera {key}')
        R, T, c, f, k, p = (
            np.asarray(values[name], float) for name in 'RTcfkp')
        k, p = k.ravel(), p.ravel()
        cameras[key] = Camera(R.T, -R.T @ T.ravel(), f.ravel(), c.ravel(),
                              image_size(key[1]),
                              np.array([k[0], k[1], p[0], p[1], k[2]]))
    return cameras
