# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Human3.6M as its owners give it: CDF files and metadata.xml."""
import re
import tempfile
from pathlib import Path, PurePosixPath
from typing import Iterator
from xml.etree import ElementTree

import numpy as np

from mmarts.compat.optional import import_optional
from mmarts.structures import get_joint_set
from ...dataset_converter import Part
from ...image_files import ImageFiles
from ...record_log import RecordLog
from ...source_files import SourceFiles
from ..camera_rows import MM_TO_METRES, Camera
from ..track import chunks, expect_shape
from .common import (SPLITS, action_name, camera_track, image_path, image_size,
                     named)

_MOTION = re.compile(r'(?:.*/)?(S\d+)/MyPoseFeatures/D3_Positions/(.+)\.cdf')
_METADATA = 'metadata.xml'
_SUBJECTS, _CAMERAS = 11, 4
# Numbers of w0: six for each camera and subject, then nine for each camera.
_OUTER, _INNER = 6, 9


class Human36MCDF:
    """``S*/MyPoseFeatures/D3_Positions/*.cdf`` and ``metadata.xml``.

    Keypoints are those of ``D2_Positions`` where they are there, else the
    joints through the camera with its distortion.

    Args:
        fps: Rate of the result.
        images: Where the pictures are looked for, as
            :func:`~.common.image_path` names them.
    """

    def __init__(self, fps: float, images: ImageFiles) -> None:
        self.fps = fps
        self.images = images
        # The 17 of the 32 joints that move on their own.
        self.picked = get_joint_set('h36m32').index(
            *get_joint_set('h36m17').joints)

    def parts(self, files: SourceFiles) -> list[Part]:
        """A motion each; empty if there is no such file."""
        metadata = [p for p in files if PurePosixPath(p).name == _METADATA]
        # Pictures may lie beside them, two millions.
        poses = [path for path in files if path.endswith('.cdf')]
        parts = []
        for path in poses:
            match = _MOTION.fullmatch(path)
            # "_ALL" are calibration motions without an action.
            if not match or not metadata or match[2].startswith('_ALL'):
                continue
            flat = path.replace('D3_Positions', 'D2_Positions')
            stem = flat.removesuffix('.cdf')
            flat = tuple(
                p for p in poses if p.startswith(f'{stem}.') and p != flat)
            parts.append(
                Part(
                    SPLITS.get(match[1], 'other'), f'{match[1]}/{match[2]}',
                    (path, metadata[0], *flat), 'cdf'))
        return parts

    def read(self, part: Part, files: SourceFiles,
             log: RecordLog) -> Iterator[dict[str, np.ndarray]]:
        """Tracks of one motion, a camera each."""
        subject, motion = part.name.split('/')
        cameras = read_cameras(files.read(part.paths[1]), subject)
        world = read_poses(files, part.paths[0], 3)[:, self.picked]
        for name, camera in cameras.items():
            record = f'camera {name}'
            flat = [p for p in part.paths[2:] if p.endswith(f'.{name}.cdf')]
            try:
                points = read_poses(files, flat[0], 2) if flat else None
                if points is not None:
                    expect_shape(f'Pose of {flat[0]}', points,
                                 (len(world), 32, 2))
                    points = points[:, self.picked]
            except ValueError as error:
                log.bad(record, str(error))
                continue
            frames = self._pictured(subject, motion, name, camera, len(world),
                                    log)
            rows, arrays = camera_track(
                camera, camera.to_camera(world[frames] * MM_TO_METRES), frames,
                self.fps, record, log)
            if points is not None:
                arrays['keypoints2d'] = points[frames[rows]]
            yield from chunks(
                named(arrays, f'{part.name}/{name}', action_name(motion), [
                    image_path(subject, motion, name, frame)
                    for frame in frames[rows]
                ]))

    def _pictured(self, subject: str, motion: str, name: str, camera: Camera,
                  count: int, log: RecordLog) -> np.ndarray:
        """Frames whose pictures are there, where anybody looks."""
        found = []
        for frame in range(count):
            fault = self.images.fault(
                image_path(subject, motion, name, frame),
                None if frame else camera.size)
            if fault:
                log.bad(f'camera {name}, frame {frame}', fault)
            else:
                found.append(frame)
        return np.array(found, int)


def read_cameras(xml: bytes, subject: str) -> dict[str, Camera]:
    """The four cameras as one subject's motions saw them.

    ``w0`` holds, camera by camera, six numbers a subject: angles about x, y,
    z whose matrices are multiplied in that order, and the camera's place in
    the world in mm; after all of them nine numbers a camera: focal lengths,
    principal point, three radial and two tangential distortions.

    Args:
        xml: Content of ``metadata.xml``.
        subject: ``'S1'`` to ``'S11'``.

    Raises:
        ValueError: If it is no such file.
    """
    try:
        root = ElementTree.fromstring(xml)
        text = root.find('w0').text.strip('[] \n')
        numbers = np.array([float(number) for number in text.split()])
        names = [entry.text for entry in root.find('dbcameras/index2id')]
    except (ElementTree.ParseError, AttributeError, ValueError) as error:
        raise ValueError(
            f'{_METADATA} is not that of Human3.6M ({error})') from None
    size = _CAMERAS * (_SUBJECTS * _OUTER + _INNER)
    if len(numbers) != size or len(names) != _CAMERAS:
        raise ValueError(f'{_METADATA} should hold {size} numbers of '
                         f'{_CAMERAS} cameras, but holds {len(numbers)} of '
                         f'{len(names)}')
    outer = numbers[:-_CAMERAS * _INNER].reshape(_CAMERAS, _SUBJECTS, _OUTER)
    inner = numbers[-_CAMERAS * _INNER:].reshape(_CAMERAS, _INNER)
    cameras = {}
    for number, name in enumerate(names):
        values = outer[number, int(subject[1:]) - 1]
        rotmat = _rotation(values[:3])
        f, c, k, p = np.split(inner[number], (2, 4, 7))
        cameras[name] = Camera(rotmat, -rotmat @ values[3:] * MM_TO_METRES, f,
                               c, image_size(name),
                               np.array([k[0], k[1], p[0], p[1], k[2]]))
    return cameras


def read_poses(files: SourceFiles, path: str, axes: int) -> np.ndarray:
    """``(F, 32, axes)`` of the variable ``Pose`` of a CDF file.

    Raises:
        ValueError: If it is no such file.
    """
    cdflib = import_optional('cdflib', 'pip install mmarts[datasets]')
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / 'pose.cdf'
        copy.write_bytes(files.read(path))
        try:
            pose = np.asarray(cdflib.CDF(str(copy)).varget('Pose'))
        except Exception as error:  # of many kinds when bytes are missing
            raise ValueError(f'{path} is no complete CDF file with a variable '
                             f'"Pose" ({error}); download it again') from None
    pose = pose.reshape(-1, pose.shape[-1]) if pose.ndim else pose
    expect_shape(f'Pose of {path}', pose, (None, 32 * axes))
    return pose.reshape(len(pose), 32, axes)


def _rotation(angles: np.ndarray) -> np.ndarray:
    (sx, sy, sz), (cx, cy, cz) = np.sin(angles), np.cos(angles)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_x @ about_y @ about_z
