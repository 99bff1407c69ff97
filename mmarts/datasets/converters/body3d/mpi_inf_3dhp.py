# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""MPI-INF-3DHP (Mehta et al., 3DV 2017): annot.mat and annot_data.mat."""
import re
from pathlib import PurePosixPath
from typing import Any, Iterator, Optional, Sequence

import numpy as np

from mmarts.registry import CONVERTERS
from mmarts.structures import convert_joints
from ..dataset_converter import DatasetConverter, Part
from ..formats.json_file import read_json
from ..formats.mat73_file import read_any_mat
from ..image_files import ImageFiles
from ..record_log import RecordLog
from ..source_files import SourceFiles
from .bodies import Bodies
from .camera_rows import MM_TO_METRES, Camera, seen_rows
from .fits import NO_FIT, fit_rows, skip_rows
from .mpi_cameras import fit_intrinsics, read_calibration
from .track import (check_rate, chunks, expect_shape, finite_rows, pick_frames,
                    track_names)

_TRAIN = re.compile(r'(?:.*/)?S(\d)/Seq(\d)/annot\.mat')
_TEST = re.compile(r'(?:.*/)?(TS\d)/annot_data\.mat')
_VARIABLES = 'annot2', 'annot3', 'univ_annot3'
# Subject and sequence that were filmed at 50 frames a second; others at 25.
_FAST = ('1/2', '3/1', '3/2', '5/1', '5/2')
TRAIN_SIZE = 2048, 2048
_WIDE, _WIDE_SIZE = ('TS5', 'TS6'), (1920, 1080)
PICTURE = 'S{subject}/Seq{seq}/imageFrames/video_{camera}/{frame:06d}.jpg'
# At chest height and below: what the download has by default.
CAMERAS = (0, 1, 2, 4, 5, 6, 7, 8)
_NOT_VALID = 'frames that the test set does not count'


@CONVERTERS.register_module(name='mpi-inf-3dhp')
class MPIINF3DHP(DatasetConverter):
    """Training sequences and test set, a track for each camera.

    ``joints3d_universal`` are those of the universal skeleton, which the
    test protocol compares with.

    Args:
        fps: Rate of the result, at most 25, which is the default. The
            release does not say the test set's; it is taken for 25.
        images: Folder of the pictures; they are looked for.
        joint_set: Any set that shares joints with the original's 28 (train)
            and 17 (test); what it has besides is masked.
        cameras: Of the fourteen.
        picture: Name of a training picture below ``images``, of
            ``{subject}``, ``{seq}``, ``{camera}`` and ``{frame}``, counted
            from 0.
        fits: Folder or file: ``MPI-INF-3DHP_SMPL_NeuralAnnot.json``; joints
            of the training set are the fits' then.
        bodies: ``neutral`` -> config of the fits' body.

    Raises:
        ValueError: If more frames a second are asked for.
    """

    title = 'MPI-INF-3DHP'

    def __init__(self,
                 fps: float = 25.,
                 images: str = '',
                 joint_set: str = 'mpi_inf_3dhp17',
                 cameras: Sequence[int] = CAMERAS,
                 picture: str = PICTURE,
                 fits: str = '',
                 bodies: Optional[dict] = None) -> None:
        # Most sequences have no more.
        self.fps = check_rate(fps, 25.)
        self.images = ImageFiles(images)
        self.joint_set = joint_set
        self.cameras = cameras
        self.picture = picture
        self.fits_path = fits
        self.bodies = Bodies(joint_set, bodies) if fits else None

    def parts(self, files: SourceFiles) -> list[Part]:
        """A sequence each."""
        parts = []
        for path in files:
            train, test = _TRAIN.fullmatch(path), _TEST.fullmatch(path)
            if train:
                calibration = path.replace('annot.mat', 'camera.calibration')
                paths = (path,
                         calibration) if calibration in files else (path, )
                parts.append(
                    Part('train', f'S{train[1]}/Seq{train[2]}', paths))
            elif test:
                parts.append(Part('test', test[1], (path, )))
        if not parts:
            raise ValueError(f'"{files.root}" has no S*/Seq*/annot.mat and no '
                             f'TS*/annot_data.mat; it has {files.summary()}.')
        return parts

    def values(self) -> dict[str, Any]:
        """Rate and joint set; rows with SMPL fits name their body."""
        return dict(fps=self.fps, joint_set=self.joint_set, body_model_id='')

    def read(self, part: Part, files: SourceFiles,
             log: RecordLog) -> Iterator[dict[str, np.ndarray]]:
        """Tracks of one sequence."""
        if part.split == 'test':
            yield from self._test(part, files, log)
        else:
            yield from self._train(part, files, log)

    def _train(self, part: Part, files: SourceFiles,
               log: RecordLog) -> Iterator[dict[str, np.ndarray]]:
        content = read_any_mat(files, part.paths[0], *_VARIABLES)
        known = read_calibration(files.read(part.paths[1])) if len(
            part.paths) > 1 else {}
        subject, seq = re.findall(r'\d+', part.name)
        fits = self._read_fits(subject, seq)
        source_fps = 50. if f'{subject}/{seq}' in _FAST else 25.
        for number in self.cameras:
            record = f'camera {number}'
            try:
                flat, deep, universal = (_camera_points(
                    content[name], number, 2 + (i > 0), name)
                                         for i, name in enumerate(_VARIABLES))
                _same_length(flat, deep, universal)
            except ValueError as error:
                log.bad(record, str(error))
                continue
            camera = known.get(number) or fit_intrinsics(
                deep, flat, TRAIN_SIZE)
            images = [
                self.picture.format(
                    subject=subject, seq=seq, camera=number, frame=frame)
                for frame in range(len(flat))
            ]
            rows = self._rows('mpi_inf_3dhp28', camera,
                              (flat, deep, universal), images, source_fps,
                              record, log)
            if fits is not None:
                rows.update(self._fitted(fits, rows, camera, record, log))
            del rows['source_frame']
            yield from chunks(
                dict(
                    rows,
                    **track_names(f'{part.name}/video_{number}', '0',
                                  len(rows['frame_index']))))

    def _test(self, part: Part, files: SourceFiles,
              log: RecordLog) -> Iterator[dict[str, np.ndarray]]:
        content = read_any_mat(files, part.paths[0], *_VARIABLES,
                               'valid_frame')
        points = [
            _test_points(content[name], 2 + (i > 0), name)
            for i, name in enumerate(_VARIABLES)
        ]
        valid = np.atleast_1d(content['valid_frame']).ravel() > 0
        _same_length(*points, valid)
        size = _WIDE_SIZE if part.name in _WIDE else TRAIN_SIZE
        flat, deep, _ = (p[valid] for p in points)
        camera = fit_intrinsics(deep, flat, size)
        images = [
            f'{part.name}/imageSequence/img_{frame + 1:06d}.jpg'
            for frame in range(len(valid))
        ]
        rows = self._rows('mpi_inf_3dhp17', camera, points, images, 25., '',
                          log)
        counted = valid[rows.pop('source_frame')]
        skip_rows(~counted, rows['frame_index'], part.name, _NOT_VALID, log)
        for name in ('joints3d_valid', 'joints3d_universal_valid',
                     'keypoints2d_score', 'box_valid'):
            rows[name] = (rows[name].T * counted).T
        yield from chunks(
            dict(rows, **track_names(part.name, '0',
                                     len(rows['frame_index']))))

    def _rows(self, source_set: str, camera: Camera, points: Sequence,
              images: list[str], source_fps: float, record: str,
              log: RecordLog) -> dict[str, np.ndarray]:
        """Arrays of a track; ``points`` are pixels, mm, universal mm."""
        frames = np.array([
            frame for frame, image in enumerate(images)
            if self._is_there(image, frame, camera, record, log)
        ], int)
        # Sequences were filmed at two rates, and a file has one.
        picked, numbers = pick_frames(frames, source_fps, self.fps)
        frames = frames[picked]
        flat, deep, universal = (p[frames] for p in points)
        good = finite_rows(
            dict(annot2=flat, annot3=deep, univ_annot3=universal), frames,
            record, log)
        frames, numbers = frames[good], numbers[good]
        convert = convert_joints(source_set, self.joint_set)
        shared = convert.scores(np.ones((1, len(convert.source)), bool))
        mask = np.broadcast_to(shared, (len(frames), shared.shape[1]))
        rows = seen_rows(camera,
                         convert.points(deep[good]) * MM_TO_METRES, mask)
        pixels = convert.points(flat[good])
        inside = mask & ((pixels >= 0) & (pixels < camera.size)).all(-1)
        rows.update(
            camera.columns(len(frames)),
            frame_index=numbers,
            source_frame=frames,
            image=np.array([images[frame] for frame in frames], str),
            keypoints2d=pixels,
            keypoints2d_score=inside.astype(np.float32),
            joints3d_universal=convert.points(universal[good]) * MM_TO_METRES,
            joints3d_universal_valid=mask)
        return rows

    def _is_there(self, image: str, frame: int, camera: Camera, record: str,
                  log: RecordLog) -> bool:
        fault = self.images.fault(image, None if frame else camera.size)
        if fault:
            log.bad(f'{record}, frame {frame}'.strip(', '), fault)
        return not fault

    def _read_fits(self, subject: str, seq: str) -> Optional[dict]:
        if not self.fits_path:
            return None
        path = PurePosixPath(self.fits_path)
        content = read_json(SourceFiles(str(path.parent)), path.name, dict)
        return content.get(subject, {}).get(seq, {})

    def _fitted(self, fits: dict, rows: dict[str, np.ndarray], camera: Camera,
                record: str, log: RecordLog) -> dict[str, np.ndarray]:
        """Body parameters, joints and keypoints of the fits."""
        found = [fits.get(str(frame)) for frame in rows['source_frame']]
        fitted = fit_rows(found, camera, self.bodies)
        skip_rows(~fitted.valid, rows['frame_index'], record, NO_FIT, log)
        return fitted.arrays(self.bodies, camera, fitted.valid, True)


def _camera_points(cells, number: int, axes: int, name: str) -> np.ndarray:
    """``(F, 28, axes)`` of one camera of a training sequence."""
    if not isinstance(cells, list) or number >= len(cells):
        raise ValueError(f'{name} holds no camera {number}')
    points = expect_shape(name,
                          np.asarray(cells[number]).reshape(-1, 28 * axes),
                          (None, 28 * axes))
    return points.reshape(-1, 28, axes).astype(float)


def _test_points(array, axes: int, name: str) -> np.ndarray:
    """``(F, 17, axes)`` of MATLAB's ``(axes, 17, 1, F)``."""
    array = np.asarray(array)
    if array.shape[:2] != (axes, 17):
        raise ValueError(f'{name} should be ({axes}, 17, 1, frames), but is '
                         f'{array.shape}')
    points = array.reshape(axes, 17, -1).transpose(2, 1, 0)
    return expect_shape(name, points, (None, 17, axes)).astype(float)


def _same_length(*arrays: np.ndarray) -> None:
    counts = [len(array) for array in arrays]
    if len(set(counts)) > 1:
        raise ValueError(f'annotations are of {counts} frames, which should '
                         'be the same number')
