# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Rendered pictures as JPEG files and one annotation file."""
import hashlib
import json
import os
import shutil
import time
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import roma
import torch
from rich.progress import track

from mmarts.annotations.annotation_file import SUFFIX, AnnotationFile
from mmarts.annotations.annotation_writer import AnnotationWriter
from mmarts.registry import DATASETS
from mmarts.structures import MeshDataSample
from ..converters.convert import rows_of
from ..converters.processes import run_tasks
from .freemotion_images import FreeMotionImages

VERSION = 1  # raised when the same settings give other pictures
CHUNK = 200  # samples of one folder of pictures, written together
_BATCH = 10  # samples made together
_SOURCE = 'FreeMotion, rendered'


def write_pictures(dataset: dict,
                   out: Path,
                   num: int,
                   quality: int = 90,
                   jobs: int = 1) -> dict:
    """Render samples, whole chunks or none; go on where a call stopped.

    ``OUT/<split>.mmarts`` appears when all is written. Its pictures are in
    folders of :data:`CHUNK` samples, ``OUT/<split>/00000/0000000_00.jpg``
    and so on; each folder appears when it is complete.

    Args:
        dataset: Config of a :class:`FreeMotionImages`, which has one box a
            window: its crops are the pictures.
        out: Folder to write to.
        num: Samples, from the first one.
        quality: Of the JPEG, 1 to 100.
        jobs: Processes.

    Returns:
        ``samples``, ``pictures``, and ``rendered``, the samples of this call.

    Raises:
        ValueError: If ``out`` holds other pictures of that split, or the
            dataset has fewer samples.
    """
    split = dataset['split']
    path, parts = out / f'{split}{SUFFIX}', out / f'.{split}.parts'
    settings = fingerprint(dataset, quality)
    whole = f'{settings} {num}'
    if path.is_file():
        if AnnotationFile(path).header.get('fingerprint') != whole:
            raise ValueError(
                f'{path} holds pictures of other settings; choose another '
                'folder, or delete the file to have them replaced.')
        rows = len(AnnotationFile(path).arrays['frame_index'])
        return dict(samples=num, pictures=rows, rendered=0)
    if len(_build(json.dumps(dataset))) < num:
        raise ValueError(f'Split "{split}" has '
                         f'{len(_build(json.dumps(dataset)))} samples, but '
                         f'{num} are asked for.')
    tasks = [(dataset, out, first, min(first + CHUNK, num), settings, quality)
             for first in range(0, num, CHUNK)]
    rendered = sum(count for _, count in track(
        run_tasks(_write_chunk, tasks, min(jobs, len(tasks))),
        f'{split:10}',
        total=len(tasks)))
    with AnnotationWriter(path, _values(dataset), _SOURCE, 'make_images',
                          VERSION, whole) as writer:
        for number in range(len(tasks)):
            for rows in rows_of(
                    AnnotationFile(parts / f'{number:05d}{SUFFIX}')):
                writer.add(rows)
    shutil.rmtree(parts)
    return dict(samples=num, pictures=writer.num_rows, rendered=rendered)


def rendering_rate(dataset: dict,
                   num: int,
                   jobs: int = 1) -> tuple[float, float]:
    """Render samples and throw them away.

    What a process does before its first picture is not counted.

    Args:
        dataset: Config of a :class:`FreeMotionImages`.
        num: Samples, from the first one.
        jobs: Processes.

    Returns:
        Pictures a second of all processes, and seconds of one processor a
        picture, which other work on the machine hardly changes.
    """
    tasks = [(dataset, first, min(first + CHUNK, num))
             for first in range(0, num, CHUNK)]
    results = [result for _, result in run_tasks(_render_chunk, tasks, jobs)]
    pictures, seconds, processor = map(sum, zip(*results))
    return (pictures * min(jobs, len(tasks)) / seconds, processor / pictures)


def fingerprint(dataset: dict, quality: int) -> str:
    """Text that changes with everything the pictures depend on."""
    text = json.dumps([VERSION, CHUNK, quality, dataset], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _write_chunk(dataset: dict, out: Path, first: int, last: int,
                 settings: str, quality: int) -> int:
    """One task: a folder of pictures and their rows; samples rendered."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    split, number = dataset['split'], first // CHUNK
    part = out / f'.{split}.parts' / f'{number:05d}{SUFFIX}'
    settings = f'{settings} {first} {last}'
    if _is_done(part, settings):
        return 0
    name = f'{split}/{number:05d}'
    folder, waiting = out / name, out / split / f'.{number:05d}.part'
    for old in (folder, waiting):
        shutil.rmtree(old, ignore_errors=True)
    waiting.mkdir(parents=True)
    built = _build(json.dumps(dataset))
    with AnnotationWriter(
            part, _values(dataset), fingerprint=settings) as writer:
        for start in range(first, last, _BATCH):
            indices = list(range(start, min(start + _BATCH, last)))
            for index, item in zip(indices, built.__getitems__(indices)):
                files = _write_jpegs(waiting, index, item['inputs']['image'],
                                     quality)
                writer.add(
                    _rows(item['data_samples'], index, split,
                          [f'{name}/{file}' for file in files]))
        # The rows are written last, and pictures lie on the disk by then.
        os.sync()
        os.replace(waiting, folder)
    return last - first


def _render_chunk(dataset: dict, first: int,
                  last: int) -> tuple[int, float, float]:
    """One task of a measurement: pictures, and seconds by two clocks."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    built = _build(json.dumps(dataset))
    began, worked, pictures = time.perf_counter(), time.process_time(), 0
    for start in range(first, last, _BATCH):
        indices = list(range(start, min(start + _BATCH, last)))
        pictures += sum(
            len(item['inputs']['image'])
            for item in built.__getitems__(indices))
    return (pictures, time.perf_counter() - began,
            time.process_time() - worked)


def _write_jpegs(folder: Path, index: int, images: torch.Tensor,
                 quality: int) -> list[str]:
    names = []
    for frame, image in enumerate(images.movedim(1, -1).numpy()):
        names.append(f'{index:07d}_{frame:02d}.jpg')
        content = cv2.imencode('.jpg', image[..., ::-1],
                               [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        (folder / names[-1]).write_bytes(content.tobytes())
    return names


def _rows(sample: MeshDataSample, index: int, split: str,
          files: list[str]) -> dict[str, np.ndarray]:
    """The crop as a picture of its own, with a camera of its own."""
    count, affine = len(files), sample.crop_affine[0].astype(np.float64)
    size = round(affine[0, 0] * (sample.box[2] - sample.box[0]))
    camera = np.vstack([affine, [0, 0, 1]]) @ sample.K
    points = (sample.keypoints2d_crop.numpy() + 1) * size / 2
    inside = ((points >= 0) & (points < size)).all(-1)
    rotvecs = {
        name: roma.rotmat_to_rotvec(sample.get(name)).numpy()
        for name in ('global_orient', 'body_pose')
    }
    return dict(
        # Windows of a test may share frames, each in a crop of its own.
        sequence=np.full(
            count, sample.sequence
            if split == 'train' else f'{sample.sequence}/{index}'),
        person=np.full(count, sample.person),
        frame_index=sample.frame_index,
        action=np.full(count, sample.action),
        image=np.array(files),
        image_size=np.full((count, 2), size),
        K=np.tile(camera.astype(np.float32), (count, 1, 1)),
        keypoints2d=points,
        keypoints2d_score=inside.astype(np.float32),
        keypoints2d_valid=sample.keypoints2d_valid.numpy(),
        joints3d=sample.joints3d.numpy(),
        betas=sample.betas.numpy(),
        transl=sample.transl.numpy(),
        **rotvecs)


def _values(dataset: dict) -> dict:
    """One value each for the file."""
    built = _build(json.dumps(dataset))
    return dict(
        fps=built.motion.fps,
        joint_set=built.motion.joint_set.name,
        body_model_id=built.body.body_model_id)


def _is_done(part: Path, settings: str) -> bool:
    try:
        return AnnotationFile(part).header.get('fingerprint') == settings
    except (ValueError, OSError):
        return False


@lru_cache(maxsize=2)
def _build(dataset: str) -> FreeMotionImages:
    return DATASETS.build(json.loads(dataset))
