# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""JSON files of detections, in the layouts that circulate."""
import re
from pathlib import PurePosixPath
from typing import Any, Iterator, Optional

import numpy as np

from .detection import Detection

_H36M_NOISE = re.compile(r'Human36M_subject(\d+)_joint_coco_img.*')
_PICTURE = re.compile(r'.*\.(jpg|jpeg|png)', re.IGNORECASE)


def read_detections(content: Any, path: str) -> Iterator[Detection]:
    """Skeletons of one JSON file.

    - mmpose: ``instance_info`` of its demo, or a list of ``instances`` by
      ``frame_id`` (a video, whose name is the file's), or a list of
      instances (a picture).
    - COCO results: a list with ``image_id``.
    - ViTPose, as ARTS and PMCE store it: a list with ``annotation_id`` or
      ``image_name``.
    - CPN and others, as ARTS has them: picture -> keypoints.
    - ARTS' noisy keypoints: sequence -> frame -> person -> keypoints, and
      action -> subaction -> camera -> frame of Human3.6M's subjects.

    Args:
        content: Of the file.
        path: Its name, which may say the sequence.

    Raises:
        ValueError: If it is of none of these.
    """
    stem = PurePosixPath(path).stem.removeprefix('results_')
    first = 0
    if isinstance(content, dict) and 'instance_info' in content:
        # mmpose's demo counts frames from 1, its inferencer from 0.
        content, first = content['instance_info'], 1
    if isinstance(content, list):
        yield from _listed(content, stem, first)
    elif not isinstance(content, dict) or not content:
        raise ValueError('holds no detections')
    elif all(_PICTURE.fullmatch(key) for key in content):
        for image, points in content.items():
            yield _detection(dict(keypoints=points), image, image=image)
    else:
        yield from _nested(content, stem)


def _listed(content: list, stem: str, first: int) -> Iterator[Detection]:
    for number, entry in enumerate(content):
        what = f'entry {number}'
        if not isinstance(entry, dict):
            raise ValueError(f'{what} should be a dict, but is a '
                             f'{type(entry).__name__}')
        if 'instances' in entry:
            frame = int(entry['frame_id']) - first
            for instance in entry['instances']:
                yield _detection(instance, what, sequence=stem, frame=frame)
        else:
            yield _detection(entry, what, **_place(entry, stem))


def _place(entry: dict, stem: str) -> dict:
    """Where an entry belongs, by the keys that it has."""
    if 'annotation_id' in entry:
        return dict(annotation=int(entry['annotation_id']))
    for key in ('image_name', 'image_path', 'file_name'):
        if key in entry:
            return dict(image=str(entry[key]))
    if 'image_id' in entry:
        # Some write the picture's name there.
        value = entry['image_id']
        return dict(image_id=value) if isinstance(value, int) else dict(
            image=str(value))
    return dict(image=f'{stem}.jpg')


def _nested(content: dict, stem: str) -> Iterator[Detection]:
    subject = _H36M_NOISE.fullmatch(stem)
    for keys, points in _leaves(content):
        if subject and len(keys) == 4:
            action, subaction, camera, frame = (int(k) for k in keys)
            sequence = (f's_{int(subject[1]):02d}_act_{action:02d}_subact_'
                        f'{subaction:02d}_ca_{camera:02d}')
            person = '0'
        elif len(keys) == 3:
            sequence, frame, person = keys[0], int(keys[1]), keys[2]
        else:
            raise ValueError(f'has {len(keys)} levels of keys, as in '
                             f'{list(keys)}, which no known layout has')
        yield _detection(
            dict(keypoints=points),
            '/'.join(keys),
            sequence=sequence,
            frame=frame,
            person=person)


def _leaves(content: Any, keys: tuple = ()) -> Iterator[tuple[tuple, list]]:
    if not isinstance(content, dict):
        yield keys, content
        return
    for key, value in content.items():
        yield from _leaves(value, (*keys, str(key)))


def _detection(entry: dict, what: str, **place) -> Detection:
    if 'keypoints' not in entry:
        raise ValueError(f'{what} has no "keypoints", but {sorted(entry)}')
    points = np.asarray(entry['keypoints'], float)
    if points.ndim == 1 and points.size % 3 == 0:
        points = points.reshape(-1, 3)
    # ViTPose's files of ARTS have more columns than x, y and score.
    if points.ndim != 2 or points.shape[1] < 2:
        raise ValueError(f'{what}: keypoints should be (K, 2) or (K, 3), but '
                         f'are {points.shape}')
    scores = entry.get('keypoint_scores')
    if scores is None:
        scores = points[:, 2] if points.shape[1] > 2 else np.ones(len(points))
    scores = np.asarray(scores, float)
    if scores.shape != points.shape[:1]:
        raise ValueError(f'{what} has {len(points)} keypoints and '
                         f'{scores.size} scores')
    if not (np.isfinite(points).all() and np.isfinite(scores).all()):
        raise ValueError(f'{what}: keypoints are not finite')
    if 'track_id' in entry:
        place.setdefault('person', str(entry['track_id']))
    return Detection(
        points[:, :2].astype(np.float32),
        scores.clip(0, 1).astype(np.float32),
        box=_box(entry),
        score=float(entry.get('score', entry.get('bbox_score', 0.))),
        **place)


def _box(entry: dict) -> Optional[np.ndarray]:
    """mmpose's box, x1 y1 x2 y2 in one more list; others are not trusted."""
    box = entry.get('bbox')
    if 'keypoint_scores' not in entry or box is None:
        return None
    box = np.asarray(box, float).ravel()
    return box if box.shape == (4, ) else None
