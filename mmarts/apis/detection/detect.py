# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""2D keypoints of every row of an annotation file."""
import hashlib
import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import torch

from mmarts.annotations.annotation_file import AnnotationFile
from mmarts.structures import get_joint_set
from mmarts.utils.ranks import launched_rank
from .boxed_blazepose import BoxedBlazePose
from .mmpose_pose import MMPosePose
from .row_frames import RowFrames
from .shards import Shards, write_piece

BLAZEPOSE = 'blazepose'
_ARRAYS = ('row', 'keypoints2d', 'keypoints2d_score')
_CHUNK = 256  # rows of pictures
_MARGIN = 0.1  # around keypoints where a file has no boxes


@dataclass(frozen=True)
class DetectionJob:
    """What shall be detected, and how.

    Args:
        ann_file: Annotation file (``.mmarts``).
        images: Folder that its ``image`` is relative to.
        videos: Folder of its videos, in place of pictures.
        model: ``'blazepose'``, or a config of mmpose.
        checkpoint: Weights of an mmpose model.
        device: Of an mmpose model.
        skip_bad: Whether rows without a readable picture are misses, and
            listed; the first one is an error otherwise.
    """

    ann_file: str
    images: str = ''
    videos: str = ''
    model: str = BLAZEPOSE
    checkpoint: str = ''
    device: str = 'cpu'
    skip_bad: bool = False


@dataclass(frozen=True)
class DetectionReport:
    """What came of it.

    Args:
        rows: Of the file.
        found: Rows where the detector saw somebody.
        bad: Rows without a picture, a line each.
        missing: Pieces that other ranks have not done yet; the file is
            written by the last one.
    """

    rows: int
    found: int = 0
    bad: tuple[str, ...] = ()
    missing: int = 0


def detect_keypoints(job: DetectionJob,
                     out: Path,
                     jobs: int = 1) -> DetectionReport:
    """Detect, and write a file that ``detections`` of
    ``tools/convert_dataset.py`` attaches.

    An interrupted call goes on where it stopped. Processes that a launcher
    starts share the work; so may calls on several machines that write to one
    folder.

    Args:
        job: What to do.
        out: ``.npz`` to write: ``sequence``, ``person``, ``frame_index``
            (of the original), ``keypoints2d`` and ``keypoints2d_score`` a
            row, ``joint_set``.
        jobs: Processes on this machine.

    Raises:
        ValueError: Naming the row whose picture cannot be read.
    """
    if out.suffix != '.npz':
        raise ValueError(f'Detections are written to a *.npz, not "{out}".')
    frames = _frames(json.dumps(asdict(job)))
    chunks = frames.chunks(_CHUNK)
    rank, world = launched_rank()
    print_ = fingerprint(job, frames.file)
    if not is_done(out, print_):
        shards = Shards(out, len(chunks), print_)
        shards.run(_detect_chunk, (asdict(job), ), jobs, rank, world)
        track_of = np.array([
            frames.file.track_name(i) for i in np.repeat(
                np.arange(len(frames.file.track_starts) -
                          1), np.diff(frames.file.track_starts))
        ])
        order = np.concatenate(chunks)
        if not shards.join(
            (*_ARRAYS, 'bad'),
                sequence=track_of[order, 0],
                person=track_of[order, 1],
                frame_index=frames.numbers[order],
                joint_set=_detector(json.dumps(asdict(job))).joint_set):
            return DetectionReport(rows=len(order), missing=shards.missing())
    with np.load(out, allow_pickle=False) as file:
        return DetectionReport(
            len(file['row']), int((file['keypoints2d_score']
                                   > 0).any(-1).sum()),
            tuple(line for line in file['bad'].tolist() if line))


def fingerprint(job: DetectionJob, file: AnnotationFile) -> str:
    """Hex digits that change with what the detections depend on."""
    content = json.dumps([asdict(job), file.header], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def is_done(out: Path, print_: str) -> bool:
    """Whether a file of detections is there and up to date."""
    try:
        with np.load(out, allow_pickle=False) as file:
            return str(file['fingerprint']) == print_
    except (OSError, ValueError, KeyError):
        return False


def build_detector(job: DetectionJob):
    """The detector: ``(frame, boxes) -> keypoints, scores``."""
    if job.model == BLAZEPOSE:
        return BoxedBlazePose()
    return MMPosePose(job.model, job.checkpoint, job.device)


def _detect_chunk(job: dict, number: int, path: Path, print_: str) -> None:
    """One piece of the work."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    config = json.dumps(job)
    frames, detector = _frames(config), _detector(config)
    rows = frames.chunks(_CHUNK)[number]
    boxes = row_boxes(frames.file, rows)
    at = {row: i for i, row in enumerate(rows.tolist())}
    found, bad = None, np.full(len(rows), '', dtype=object)
    for some, frame, fault in frames.read(rows):
        places = [at[row] for row in some.tolist()]
        if frame is None:
            line = f'{frames.words(some[0])}: {fault}'
            if not job['skip_bad']:
                raise ValueError(f'{frames.file.path}, {line}')
            bad[places] = line
            continue
        height, width = frame.shape[:2]
        whole = np.isnan(boxes[places]).any(-1, keepdims=True)
        keypoints, scores = detector(
            frame, np.where(whole, (0, 0, width, height), boxes[places]))
        if found is None:
            found = (np.zeros((len(rows), *keypoints.shape[1:]), np.float32),
                     np.zeros((len(rows), scores.shape[1]), np.float32))
        found[0][places], found[1][places] = keypoints, scores
    if found is None:
        joints = len(get_joint_set(detector.joint_set))
        found = (np.zeros((len(rows), joints, 2),
                          np.float32), np.zeros((len(rows), joints),
                                                np.float32))
    write_piece(
        path,
        print_,
        row=rows,
        keypoints2d=found[0],
        keypoints2d_score=found[1],
        bad=bad.astype(str))


def row_boxes(file: AnnotationFile, rows: np.ndarray) -> np.ndarray:
    """Boxes ``(N, 4)`` x1 y1 x2 y2 of rows, pixels.

    The file's own; where it has none, around the keypoints; NaN where it has
    none of these either: the whole picture is looked at then.
    """
    boxes = np.full((len(rows), 4), np.nan)
    scores = file.arrays['keypoints2d_score'][rows] > 0
    points = np.asarray(file.arrays['keypoints2d'][rows], float)
    points = np.where(scores[..., None], points, np.nan)
    some = scores.sum(-1) > 1
    low, high = (np.nanmin(points[some], 1), np.nanmax(points[some], 1))
    extra = (high - low) * _MARGIN
    boxes[some] = np.concatenate([low - extra, high + extra], -1)
    if 'box' in file.arrays:
        given = np.asarray(file.arrays['box'][rows], float)
        valid = file.arrays.get('box_valid')
        valid = np.ones(len(rows), bool) if valid is None else valid[rows]
        boxes[valid] = given[valid]
    return boxes


@lru_cache(maxsize=1)
def _frames(config: str) -> RowFrames:
    job = json.loads(config)
    return RowFrames(
        AnnotationFile(job['ann_file']), job['images'], job['videos'])


@lru_cache(maxsize=1)
def _detector(config: str):
    return build_detector(DetectionJob(**json.loads(config)))
