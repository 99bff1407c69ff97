# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""3DPW (von Marcard et al., ECCV 2018), its pickles or ARTS' JSON."""
from pathlib import PurePosixPath
from typing import Any, Iterator, Optional

import numpy as np
import torch

from mmarts.geometry.camera import project
from mmarts.registry import CONVERTERS
from mmarts.structures.joint_conversion import convert_joints
from ..dataset_converter import DatasetConverter, Part
from ..formats.json_file import read_json
from ..image_files import ImageFiles
from ..record_log import RecordLog
from ..source_files import SourceFiles
from .bodies import Bodies, WorldBody
from .pw3d_tracks import PersonTrack, read_json_tracks, read_sequence
from .track import (boxes_of, check_rate, chunks, expect_shape, finite_rows,
                    pick_frames, runs, track_names, words)

SOURCE_FPS = 30.
SPLITS = ('train', 'validation', 'test')
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
        features: Whether the image features beside ARTS' JSON files
            (``3DPW_<split>_img_feat.json``) are read too.
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
                 features: bool = False,
                 bodies: Optional[dict] = None) -> None:
        wrong = [s for s in (*gendered, *vertices) if s not in SPLITS]
        if wrong:
            raise ValueError(f'gendered and vertices should be some of '
                             f'{list(SPLITS)}, but they hold {wrong}.')
        self.fps = check_rate(fps, SOURCE_FPS)
        self.images = ImageFiles(images)
        self.gendered = gendered
        self.features = features
        self.vertices = vertices
        self.bodies = Bodies(joint_set, bodies)
        self.from_openpose = convert_joints('openpose18', joint_set)

    def parts(self, files: SourceFiles) -> list[Part]:
        """A sequence file each, or a split's JSON file."""
        parts = [
            Part(path.parent.name, path.stem, (str(path), ))
            for path in map(PurePosixPath, files)
            if path.suffix == '.pkl' and path.parent.name in SPLITS
        ]
        for split in SPLITS:
            named = [
                path for path in files
                if PurePosixPath(path).name == f'3DPW_latest_{split}.json'
            ]
            features = [
                path for path in files if self.features
                and PurePosixPath(path).name == f'3DPW_{split}_img_feat.json'
            ]
            parts += [
                Part(split, path, (path, *features), 'json') for path in named
            ]
        if not parts:
            raise ValueError(f'"{files.root}" has neither sequenceFiles/'
                             '<split>/*.pkl nor 3DPW_latest_<split>.json; it '
                             f'has {files.summary()}.')
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
        """Tracks of one sequence, or of a JSON file."""
        reader = read_json_tracks if part.key == 'json' else read_sequence
        features = read_json(files, part.paths[1], dict) if len(
            part.paths) > 1 else None
        seen: dict[tuple[str, int], bool] = {}
        for track in reader(files, part.paths[0], log):
            rows = self._kept(track, self._pictured(track, seen, log), log)
            if features is not None:
                rows = _with_features(track, rows, features, log)
            if len(rows['frame_index']):
                yield from chunks(self._row_arrays(part, track, rows))

    def _pictured(self, track: PersonTrack, seen: dict[tuple[str, int], bool],
                  log: RecordLog) -> np.ndarray:
        """``(F,)`` whether a frame's picture is there, where anybody looks.

        ``seen`` are the pictures of the other people of the sequence.
        """
        for frame in track.frames.tolist():
            if (track.sequence, frame) in seen:
                continue
            # The pictures of a video are of one size.
            fault = self.images.fault(
                _PICTURE.format(track.sequence, frame),
                track.size if frame == track.frames[0] else None)
            if fault:
                log.bad(f'{track.sequence}, frame {frame}', fault)
            seen[track.sequence, frame] = not fault
        return np.array([seen[track.sequence, f] for f in track.frames], bool)

    def _kept(self, track: PersonTrack, pictured: np.ndarray,
              log: RecordLog) -> dict[str, np.ndarray]:
        """Rows with a camera, a picture and finite numbers, at the rate."""
        for frames in runs(track.frames[~track.valid]):
            log.skip(f'{track.record}, {words(frames)}',
                     'frames without a valid camera', len(frames))
        rows = np.flatnonzero(track.valid & pictured)
        picked, numbers = pick_frames(track.frames[rows], SOURCE_FPS, self.fps)
        rows = rows[picked]
        arrays = {k: v[rows] for k, v in track.rows.items()}
        frames = track.frames[rows]
        arrays.update(frame_index=numbers, source_frame=frames)
        good = finite_rows(arrays, frames, track.record, log)
        return {k: v[good] for k, v in arrays.items()}

    def _row_arrays(self, part: Part, track: PersonTrack,
                    rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Arrays of the annotation file for the rows of one person."""
        turns, moves = rows['R'], rows['t']
        count, gender = len(turns), track.gender
        betas, trans = rows['betas'][0], rows['trans']
        if 'root' in rows:
            trans = rows['root'] - self.bodies.root(gender, betas)
        params = self.bodies.in_camera(
            WorldBody(rows['poses'].reshape(-1, 24, 3), betas, trans, gender,
                      turns, moves))
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
        joints = torch.as_tensor(targets['joints3d'])
        box, box_valid = boxes_of(
            project(joints,
                    torch.as_tensor(rows['K']).to(joints)).numpy(),
            targets['joints3d'][..., 2] > 0)
        extra = {k: rows[k] for k in ('annotation_id', 'feat') if k in rows}
        return dict(
            targets,
            **extra,
            **track_names(track.sequence, track.person, count),
            frame_index=rows['frame_index'],
            image_size=np.tile(track.size, (count, 1)),
            K=rows['K'],
            image=np.array([
                _PICTURE.format(track.sequence, i)
                for i in rows['source_frame']
            ]),
            gender=np.full(count, gender),
            body_model_id=np.full(count, body.body_model_id),
            keypoints2d=self.from_openpose.points(found[..., :2]),
            keypoints2d_score=self.from_openpose.scores(found[..., 2]),
            cam_rotmat=rows.get('world_R', turns),
            cam_transl=rows.get('world_t', moves),
            box=box,
            box_valid=box_valid)


def _with_features(track: PersonTrack, rows: dict[str, np.ndarray],
                   features: dict, log: RecordLog) -> dict[str, np.ndarray]:
    """Rows that have an image feature, and the features."""
    keys = [
        f'{track.sequence}_{track.person}_{frame}'
        for frame in rows['source_frame']
    ]
    there = np.array([key in features for key in keys], bool)
    for run in runs(rows['source_frame'][~there]):
        log.skip(f'{track.record}, {words(run)}',
                 'rows without an image feature', len(run))
    feat = np.array([features[k] for k in keys if k in features], np.float32)
    if len(feat):
        expect_shape('the image feature', feat, (len(feat), None))
    return dict({k: v[there] for k, v in rows.items()}, feat=feat)
