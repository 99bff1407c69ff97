# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""3DPW (von Marcard et al., ECCV 2018): one pickle a sequence."""
import io
from pathlib import PurePosixPath
from typing import Any, Iterator, Optional

import numpy as np

from mmarts.compat.safe_pickle import read_arrays
from mmarts.registry import CONVERTERS
from mmarts.structures.joint_conversion import convert_joints
from ..dataset_converter import DatasetConverter, Part
from ..image_files import ImageFiles
from ..record_log import RecordLog
from ..source_files import SourceFiles
from .bodies import Bodies, WorldBody
from .track import (boxes_of, chunks, drop_broken, expect_shape, pick_frames,
                    runs, track_names)

SOURCE_FPS = 30.
SPLITS = ('train', 'validation', 'test')
_GENDERS = dict(m='male', f='female')
_KEYS = ('sequence', 'poses', 'trans', 'betas', 'genders', 'cam_poses',
         'cam_intrinsics', 'campose_valid', 'poses2d')
_PICTURE = 'imageFiles/{}/image_{:05d}.jpg'


@CONVERTERS.register_module(name='pw3d')
class PW3D(DatasetConverter):
    """Sequences of 3DPW, a track for each annotated person.

    Joints are those of the body of the person's gender. ``keypoints2d`` is
    what OpenPose found, as the release holds it.

    Args:
        fps: Rate of the result, at most 30; 0 keeps it.
        images: Folder that holds ``imageFiles``; pictures are looked for.
        joint_set: Of joints and keypoints.
        shape: ``'neutral'``: ``betas`` and ``transl`` are those of the
            neutral body whose shape is nearest, and the gendered ones are
            ``betas_gendered`` and ``transl_gendered``. ``'gendered'``: the
            body differs from row to row.
        vertices: Splits that hold the meshes of the gendered body as well,
            82 kB a row; what vertex errors are measured against.
        bodies: Gender -> config of its body, instead of the official SMPL.

    Raises:
        ValueError: If ``shape`` or ``vertices`` names something else.
    """

    title = '3DPW'

    def __init__(self,
                 fps: float = 0,
                 images: str = '',
                 joint_set: str = 'coco19',
                 shape: str = 'neutral',
                 vertices: tuple[str, ...] = (),
                 bodies: Optional[dict] = None) -> None:
        wrong = [s for s in vertices if s not in SPLITS]
        if shape not in ('neutral', 'gendered') or wrong:
            raise ValueError('shape should be "neutral" or "gendered" and '
                             f'vertices some of {SPLITS}, but they are '
                             f'"{shape}" and {list(vertices)}.')
        self.fps = fps or SOURCE_FPS
        self.images = ImageFiles(images)
        self.shape = shape
        self.vertices = vertices
        self.bodies = Bodies(joint_set, bodies)
        self.from_openpose = convert_joints('openpose18', joint_set)

    def parts(self, files: SourceFiles) -> list[Part]:
        """A sequence file each: ``<split>/<sequence>.pkl``."""
        parts = [
            Part(path.parent.name, path.stem, (str(path), ))
            for path in map(PurePosixPath, files)
            if path.suffix == '.pkl' and path.parent.name in SPLITS
        ]
        if not parts:
            raise ValueError(f'"{files.root}" has no sequenceFiles/<split>/'
                             f'*.pkl of 3DPW; it has {files.summary()}.')
        return parts

    def values(self) -> dict[str, Any]:
        """Rate, joint set and, where it is one, the body."""
        values = dict(
            fps=self.fps,
            source_fps=SOURCE_FPS,
            joint_set=self.bodies.joint_set)
        if self.shape == 'neutral':
            values['body_model_id'] = self.bodies.get('neutral').body_model_id
        return values

    def read(self, part: Part, files: SourceFiles,
             log: RecordLog) -> Iterator[dict[str, np.ndarray]]:
        """Tracks of one sequence."""
        path = part.paths[0]
        content = read_arrays(io.BytesIO(files.read(path)), path)
        missing = [key for key in _KEYS if key not in content]
        if missing:
            raise ValueError(f'lacks {missing}; is it a sequence of 3DPW?')
        expect_shape('cam_poses', content['cam_poses'], (None, 4, 4))
        expect_shape('cam_intrinsics', content['cam_intrinsics'], (3, 3))
        size = self._image_size(part.name, content, log)
        for person in range(len(content['poses'])):
            try:
                rows = self._person(part, content, person, log)
            except ValueError as error:
                log.bad(f'person {person}', str(error))
                continue
            rows['image_size'] = np.tile(size, (len(rows['frame_index']), 1))
            yield from chunks(rows)

    def _image_size(self, sequence: str, content: dict,
                    log: RecordLog) -> tuple[int, int]:
        """Width and height: the principal point is the middle."""
        size = tuple(
            int(x) for x in np.round(2 * content['cam_intrinsics'][:2, 2]))
        for frame in range(len(content['cam_poses'])):
            # The pictures of a video are of one size.
            fault = self.images.fault(
                _PICTURE.format(sequence, frame), None if frame else size)
            if fault:
                log.bad(f'frame {frame}', fault)
        return size

    def _person(self, part: Part, content: dict, person: int,
                log: RecordLog) -> dict[str, np.ndarray]:
        gender, rows = _person_rows(content, person)
        valid = rows.pop('campose_valid') > 0
        for words in runs(np.flatnonzero(~valid)):
            log.skip(f'person {person}, {words}',
                     'frames without a valid camera',
                     _length(words))
        valid &= self._pictured(part.name, len(valid))
        keep, numbers = pick_frames(
            np.flatnonzero(valid), SOURCE_FPS, self.fps)
        keep = np.flatnonzero(valid)[keep]
        rows = {k: v[keep] for k, v in rows.items()}
        good = drop_broken(
            dict(rows, frame_index=keep), f'person {person}', log)
        rows = {k: v[good] for k, v in rows.items()}
        rows.update(frame_index=numbers[good])
        count = int(good.sum())
        if not count:
            return rows
        image = [_PICTURE.format(part.name, i) for i in keep[good]]
        found = rows.pop('poses2d').transpose(0, 2, 1)
        return dict(
            self._targets(gender, rows, part.split in self.vertices),
            **track_names(part.name, str(person), count),
            frame_index=rows['frame_index'],
            image=np.array(image),
            gender=np.full(count, gender),
            keypoints2d=self.from_openpose.points(found[..., :2]),
            keypoints2d_score=self.from_openpose.scores(found[..., 2]),
            cam_rotmat=rows['cam_poses'][:, :3, :3],
            cam_transl=rows['cam_poses'][:, :3, 3],
            K=rows['K'])
