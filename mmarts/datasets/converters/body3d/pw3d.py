# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""3DPW (von Marcard et al., ECCV 2018): one pickle a sequence."""
import io
from pathlib import PurePosixPath
from typing import Any, Iterator, Optional

import numpy as np
import torch

from mmarts.compat.safe_pickle import read_arrays
from mmarts.geometry.camera import project
from mmarts.registry import CONVERTERS
from mmarts.structures.joint_conversion import convert_joints
from ..dataset_converter import DatasetConverter, Part
from ..image_files import ImageFiles
from ..record_log import RecordLog
from ..source_files import SourceFiles
from .bodies import Bodies, WorldBody
from .track import (boxes_of, chunks, expect_shape, finite_rows, pick_frames,
                    runs, track_names, words)

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
        gendered: Splits whose parameters stay those of the body of the
            person's gender; ``body_model_id`` differs from row to row there.
            In the others ``betas`` and ``transl`` are those of the neutral
            body of nearest shape, which networks predict, and the gendered
            ones are ``betas_gendered`` and ``transl_gendered``.
        vertices: Splits that hold the meshes of the gendered body as well,
            82 kB a row.
        bodies: Gender -> config of its body, instead of the official SMPL.

    Raises:
        ValueError: If ``gendered`` or ``vertices`` names something else.
    """

    title = '3DPW'

    def __init__(self,
                 fps: float = 0,
                 images: str = '',
                 joint_set: str = 'coco19',
                 gendered: tuple[str, ...] = SPLITS[1:],
                 vertices: tuple[str, ...] = (),
                 bodies: Optional[dict] = None) -> None:
        wrong = [s for s in (*gendered, *vertices) if s not in SPLITS]
        if wrong:
            raise ValueError(f'gendered and vertices should be some of '
                             f'{list(SPLITS)}, but they hold {wrong}.')
        self.fps = fps or SOURCE_FPS
        self.images = ImageFiles(images)
        self.gendered = gendered
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
        """Rate and joint set; every row names its body."""
        return dict(
            fps=self.fps,
            source_fps=SOURCE_FPS,
            joint_set=self.bodies.joint_set,
            body_model_id='')

    def read(self, part: Part, files: SourceFiles,
             log: RecordLog) -> Iterator[dict[str, np.ndarray]]:
        """Tracks of one sequence."""
        content = read_arrays(
            io.BytesIO(files.read(part.paths[0])), part.paths[0])
        missing = [key for key in _KEYS if key not in content]
        if missing:
            raise ValueError(f'lacks {missing}; is it a sequence of 3DPW?')
        expect_shape('cam_poses', content['cam_poses'], (None, 4, 4))
        expect_shape('cam_intrinsics', content['cam_intrinsics'], (3, 3))
        # The principal point is the middle of the picture.
        size = np.round(2 * content['cam_intrinsics'][:2, 2]).astype(int)
        pictured = self._pictured(part.name, tuple(size.tolist()),
                                  len(content['cam_poses']), log)
        for person in range(len(content['poses'])):
            try:
                gender, rows = _person_rows(content, person)
            except ValueError as error:
                log.bad(f'person {person}', str(error))
                continue
            rows = self._kept(rows, pictured, f'person {person}', log)
            if len(rows['frame_index']):
                rows.update(
                    track_names(part.name, str(person),
                                len(rows['frame_index'])),
                    image_size=np.tile(size, (len(rows['frame_index']), 1)))
                yield from chunks(self._row_arrays(part, gender, rows))

    def _pictured(self, sequence: str, size: tuple[int, int], count: int,
                  log: RecordLog) -> np.ndarray:
        """``(F,)`` whether a frame's picture is there, where anybody looks."""
        found = np.ones(count, bool)
        for frame in range(count):
            # The pictures of a video are of one size.
            fault = self.images.fault(
                _PICTURE.format(sequence, frame), None if frame else size)
            if fault:
                log.bad(f'frame {frame}', fault)
                found[frame] = False
        return found

    def _kept(self, rows: dict[str, np.ndarray], pictured: np.ndarray,
              record: str, log: RecordLog) -> dict[str, np.ndarray]:
        """Rows with a camera, a picture and finite numbers, at the rate."""
        valid = rows.pop('campose_valid') > 0
        for frames in runs(np.flatnonzero(~valid)):
            log.skip(f'{record}, {words(frames)}',
                     'frames without a valid camera', len(frames))
        frames = np.flatnonzero(valid & pictured)
        picked, numbers = pick_frames(frames, SOURCE_FPS, self.fps)
        frames = frames[picked]
        rows = {k: v[frames] for k, v in rows.items()}
        rows.update(frame_index=numbers, source_frame=frames)
        good = finite_rows(rows, frames, record, log)
        return {k: v[good] for k, v in rows.items()}

    def _row_arrays(self, part: Part, gender: str,
                    rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Arrays of the annotation file for the rows of one person."""
        turns, moves = rows['cam_poses'][:, :3, :3], rows['cam_poses'][:, :3,
                                                                       3]
        params = self.bodies.in_camera(
            WorldBody(rows['poses'].reshape(-1, 24, 3), rows['betas'][0],
                      rows['trans'], gender, turns, moves))
        targets = self.bodies.targets(params, gender, part.split
                                      in self.vertices)
        own = part.split in self.gendered
        if not own:
            targets.update(
                self.bodies.neutral(params, gender),
                betas_gendered=targets['betas'],
                transl_gendered=targets['transl'])
        body = self.bodies.get(gender if own else 'neutral')
        found = rows['poses2d'].transpose(0, 2, 1)
        names = ('sequence', 'person', 'frame_index', 'image_size', 'K')
        joints = torch.as_tensor(targets['joints3d'])
        box, box_valid = boxes_of(
            project(joints,
                    torch.as_tensor(rows['K']).to(joints)).numpy(),
            targets['joints3d'][..., 2] > 0)
        return dict(
            targets,
            **{name: rows[name]
               for name in names},
            image=np.array(
                [_PICTURE.format(part.name, i) for i in rows['source_frame']]),
            gender=np.full(len(turns), gender),
            body_model_id=np.full(len(turns), body.body_model_id),
            keypoints2d=self.from_openpose.points(found[..., :2]),
            keypoints2d_score=self.from_openpose.scores(found[..., 2]),
            cam_rotmat=turns,
            cam_transl=moves,
            box=box,
            box_valid=box_valid)


def _person_rows(content: dict,
                 person: int) -> tuple[str, dict[str, np.ndarray]]:
    """Gender of a person, and one row a frame.

    Raises:
        ValueError: If arrays are missing or of different lengths.
    """
    frames = len(content['cam_poses'])
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
    rows.update(
        cam_poses=content['cam_poses'],
        K=np.broadcast_to(content['cam_intrinsics'], (frames, 3, 3)),
        betas=np.broadcast_to(betas[:10], (frames, 10)))
    return gender, rows
