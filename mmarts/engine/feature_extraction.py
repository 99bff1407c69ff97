# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Annotation files get the features of their pictures, once for all."""
import hashlib
import json
import os
import shutil
from functools import lru_cache
from pathlib import Path
from typing import Optional

import cv2
import numpy as np
import torch
from rich.progress import track

from mmarts.annotations.annotation_file import AnnotationFile
from mmarts.annotations.annotation_writer import AnnotationWriter
from mmarts.datasets import FeatureClips, PictureClips
from mmarts.datasets.converters.convert import rows_of
from mmarts.datasets.converters.processes import run_tasks
from mmarts.utils.custom_imports import import_custom
from mmarts.utils.files import alone, whole_file
from .feature_reader import FeatureReader

VERSION = 1  # raised when the same settings give other features
SHARD = 512  # rows of a task


def extract_features(reader: dict,
                     pictures: dict,
                     path: Path,
                     batch_size: int = 32,
                     jobs: int = 1,
                     custom_imports: Optional[dict] = None,
                     rank: int = 0,
                     world: int = 1) -> dict:
    """Write an annotation file again, with ``feat`` ``(F, C)``.

    Every row is one picture, cropped as in a test. Shards of
    :data:`SHARD` rows wait in a folder beside ``path`` until all are there,
    so that an interrupted call goes on where it stopped. The header holds
    the settings under ``features``, the checksum of the weights included,
    and, as for any array, the checksum of ``feat``.

    Args:
        reader: Arguments of :class:`FeatureReader`.
        pictures: Arguments of :class:`PictureClips`: ``ann_file`` (a
            ``.mmarts``), ``image_root``, ``crop_size``, ``augment``; with
            ``kept=True`` the model reads the features that are there.
        path: File to write.
        batch_size: Pictures that the model sees at once.
        jobs: Processes; on graphics cards they take turns.
        custom_imports: Of the model's config.
        rank: Number of this process among those that share the work; it
            takes every ``world``-th shard.
        world: How many there are. The one that finds all shards there puts
            them together.

    Returns:
        ``rows``, ``dim``, ``computed``, the rows of this call, and
        ``waiting``, the shards that other processes have still to compute;
        ``dim`` is 0 while there are any.

    Raises:
        ValueError: If ``path`` holds features of other settings.
    """
    source = AnnotationFile(pictures['ann_file'])
    count = len(source.arrays['frame_index'])
    settings = _settings(reader, pictures, source)
    digest = _sha256(json.dumps(settings, sort_keys=True).encode())
    if path.is_file():
        done = AnnotationFile(path)
        if done.header.get('fingerprint') != digest:
            raise ValueError(f'{path} holds something else; choose another '
                             'name, or delete it to have it replaced.')
        return dict(
            rows=count,
            dim=done.arrays['feat'].shape[1],
            computed=0,
            waiting=0)
    folder = path.parent / f'.{path.stem}.{digest[:12]}.parts'
    folder.mkdir(parents=True, exist_ok=True)
    spec = json.dumps(
        [custom_imports, reader,
         _picture_clips(pictures, source)])
    tasks = [(spec, first, min(first + SHARD, count), batch_size, jobs,
              str(folder / f'{first // SHARD:06d}.npy'))
             for first in range(0, count, SHARD)]
    own = tasks[rank::world]
    computed = sum(rows for _, rows in track(
        run_tasks(_extract_shard, own, max(min(jobs, len(own)), 1)),
        f'{path.stem:10}',
        total=len(own)))
    parts = [Path(task[-1]) for task in tasks]
    with alone(path):
        waiting, dim = 0, 0
        if path.is_file():
            dim = AnnotationFile(path).arrays['feat'].shape[1]
        else:
            waiting = sum(not part.is_file() for part in parts)
        if not waiting and not dim:
            dim = _join(source, parts, path, settings, digest)
            shutil.rmtree(folder)
    return dict(rows=count, dim=dim, computed=computed, waiting=waiting)


def _join(source: AnnotationFile, parts: list[Path], path: Path,
          settings: dict, digest: str) -> int:
    """Write the file from its source and the shards; length of a feature."""
    header = source.header
    writer = AnnotationWriter(path, header['values'], header['source'],
                              header['converter'], header['converter_version'],
                              digest)
    writer.meta['features'] = settings
    with writer:
        for part, rows in zip(parts, rows_of(source, SHARD)):
            feat = np.load(part)
            writer.add(dict(rows, feat=feat))
    return feat.shape[1]


def _extract_shard(spec: str, first: int, last: int, batch_size: int,
                   jobs: int, part: str) -> int:
    """One task: a file of features; rows computed."""
    if Path(part).is_file():
        return 0
    cores = os.cpu_count() or 1
    torch.set_num_threads(max(1, cores // jobs))
    cv2.setNumThreads(1)
    device = 'cpu'
    if torch.cuda.is_available():
        device = f'cuda:{first // SHARD % torch.cuda.device_count()}'
    read, clips = _build(spec, device)
    features = []
    for start in range(first, last, batch_size):
        inputs = [
            clips[row]['inputs']
            for row in range(start, min(start + batch_size, last))
        ]
        # A file may have features of another network beside its pictures.
        name = 'image' if 'image' in inputs[0] else 'feat'
        features.append(read(torch.cat([x[name] for x in inputs])).numpy())
    with whole_file(part) as temporary:
        np.save(temporary, np.concatenate(features).astype(np.float32))
    return last - first


def _settings(reader: dict, pictures: dict, source: AnnotationFile) -> dict:
    """All that the features depend on, but for the pictures' bytes."""
    weights = reader.get('checkpoint')
    arrays = source.header['arrays']
    return dict(
        version=VERSION,
        reader=reader,
        weights_sha256=weights and _sha256(Path(weights).read_bytes()),
        crops={
            k: v
            for k, v in pictures.items() if k not in ('ann_file', 'image_root')
        },
        source_sha256=_sha256(json.dumps(arrays, sort_keys=True).encode()))


def _picture_clips(pictures: dict, source: AnnotationFile) -> dict:
    """Every row as a clip of its own, in the file's joints."""
    return dict(
        pictures,
        num_frames=1,
        interval=1,
        joint_set=str(source.arrays['joint_set']))


@lru_cache(maxsize=8)
def _build(spec: str, device: str) -> tuple[FeatureReader, PictureClips]:
    custom_imports, reader, pictures = json.loads(spec)
    import_custom(custom_imports, 'The config of the features')
    kind = FeatureClips if pictures.pop('kept', False) else PictureClips
    return FeatureReader(**reader, device=device), kind(**pictures)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
