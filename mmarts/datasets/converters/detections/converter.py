# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Attaches detections to the rows of annotation files."""
import io
from typing import Iterator, Optional

import numpy as np

from mmarts.compat.safe_pickle import read_npz_arrays
from mmarts.registry import CONVERTERS
from mmarts.structures import convert_joints, get_joint_set
from ..annotation_rows import rows_of
from ..dataset_converter import Part
from ..formats.json_file import parse_json
from ..record_log import RecordLog
from ..source_files import SourceFiles
from .attachment import Attachment
from .detection import Detection, DetectionIndex, Row
from .json_layouts import read_detections
from .own_file import is_own, read_own
from .videopose import read_videopose

_MISSED = 'rows without a detection'


@CONVERTERS.register_module(name='detections')
class Detections(Attachment):
    """A copy of annotation files whose 2D input is a detector's.

    The annotated keypoints become ``keypoints2d_label`` and stay the target.
    A row without a detection keeps zeros and the score 0.

    Args:
        annotations: A ``.mmarts`` file, or a folder of them.
        joint_set: What the detector's keypoints are.

    Raises:
        FileNotFoundError: If there are no such annotations.
    """

    title = 'Detections'
    suffixes = '.json', '.npz'
    content = 'detections'

    def __init__(self, annotations: str, joint_set: str = 'coco17') -> None:
        super().__init__(annotations)
        self.joint_set = joint_set
        get_joint_set(joint_set)

    def read(self, part: Part, files: SourceFiles,
             log: RecordLog) -> Iterator[dict[str, np.ndarray]]:
        """Rows of an annotation file with what the detector said."""
        file = self.file_of(part)
        index = _read_index(files, part.paths, self.joint_set, log)
        values = file.header['values']
        convert = convert_joints(self.joint_set, values['joint_set'])
        step = values.get('source_fps', values['fps']) / values['fps']
        for chunk in rows_of(file):
            found = [index.find(row) for row in _rows(chunk, step)]
            for number, detection in enumerate(found):
                if detection is None:
                    log.skip(
                        f'{chunk["sequence"][number]}, person '
                        f'{chunk["person"][number]}, frame '
                        f'{chunk["frame_index"][number]}', _MISSED)
            yield _attached(chunk, found, convert)


def _read_index(files: SourceFiles, paths: tuple[str, ...], joint_set: str,
                log: RecordLog) -> DetectionIndex:
    """All detections of the files; a broken file gives none."""
    index, expected = DetectionIndex(), len(get_joint_set(joint_set))
    for path in paths:
        try:
            found = list(_read_file(files, path, joint_set))
            wrong = {len(d.keypoints) for d in found} - {expected}
            if wrong:
                raise ValueError(
                    f'holds {sorted(wrong)} keypoints, but "{joint_set}" has '
                    f'{expected}; name theirs by joint_set=')
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            log.path, before = path, log.path
            log.bad('', _why(error).removeprefix(f'{path} '))
            log.path = before
            continue
        for detection in found:
            index.add(detection)
    return index


def _read_file(files: SourceFiles, path: str,
               joint_set: str) -> Iterator[Detection]:
    data = files.read(path)
    if path.endswith('.json'):
        return read_detections(parse_json(data, path, object), path)
    arrays = read_npz_arrays(io.BytesIO(data), path)
    if is_own(arrays):
        return read_own(arrays, joint_set)
    positions = np.asarray(arrays.get('positions_2d'), object)
    if positions.shape != () or not isinstance(positions.item(), dict):
        raise ValueError('should hold a dict "positions_2d" as VideoPose3D '
                         f'has it, but holds {sorted(arrays)}')
    return read_videopose(positions.item())


def _rows(chunk: dict[str, np.ndarray], step: float) -> Iterator[Row]:
    count = len(chunk['frame_index'])
    # Frames of the original: the file may have another rate.
    frames = np.round(chunk['frame_index'] * step).astype(int)
    images = np.char.decode(chunk['image'],
                            'utf-8') if 'image' in chunk else [''] * count
    boxes = chunk.get('box')
    valid = chunk.get('box_valid', np.ones(count, bool))
    numbers = chunk.get('annotation_id')
    for i in range(count):
        yield Row(
            str(chunk['sequence'][i]), str(chunk['person'][i]), int(frames[i]),
            str(images[i]), None if numbers is None else int(numbers[i]),
            boxes[i] if boxes is not None and valid[i] else None)


def _attached(chunk: dict[str, np.ndarray], found: list[Optional[Detection]],
              convert) -> dict[str, np.ndarray]:
    size = len(found), len(convert.source)
    points, scores = np.zeros((*size, 2), 'f4'), np.zeros(size, 'f4')
    for number, detection in enumerate(found):
        if detection is not None:
            points[number] = detection.keypoints
            scores[number] = detection.scores
    rows = dict(chunk)
    rows.setdefault('keypoints2d_valid', chunk['keypoints2d_score'] > 0)
    rows.setdefault('keypoints2d_label', chunk['keypoints2d'])
    rows.update(
        keypoints2d=convert.points(points),
        keypoints2d_score=convert.scores(scores))
    return rows


def _why(error: Exception) -> str:
    if isinstance(error, ValueError):
        return str(error)
    return (f'is of no layout that is known here ({type(error).__name__}: '
            f'{error})')
