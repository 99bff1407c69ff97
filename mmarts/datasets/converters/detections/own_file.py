# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Files that ``tools/detect_keypoints.py`` writes."""
from typing import Iterator

import numpy as np

from .detection import Detection

KEYS = ('sequence', 'person', 'frame_index', 'keypoints2d',
        'keypoints2d_score', 'joint_set')


def is_own(arrays: dict[str, np.ndarray]) -> bool:
    """Whether the arrays of a ``.npz`` are such a file's."""
    return all(key in arrays for key in KEYS)


def read_own(arrays: dict[str, np.ndarray],
             joint_set: str) -> Iterator[Detection]:
    """Skeletons of such a file; people whom nobody found are left out.

    Args:
        arrays: Of the file.
        joint_set: That the conversion was told.

    Raises:
        ValueError: If the file is of another joint set, or its sizes
            disagree.
    """
    held = str(arrays['joint_set'])
    if held != joint_set:
        raise ValueError(f'holds joints of "{held}", not of "{joint_set}"; '
                         f'say so by joint_set={held}')
    counts = {key: len(arrays[key]) for key in KEYS[:-1]}
    if len(set(counts.values())) > 1:
        raise ValueError(f'should have one entry a row, but has {counts}')
    found = arrays['keypoints2d_score'] > 0
    for i in np.flatnonzero(found.any(-1)).tolist():
        yield Detection(
            arrays['keypoints2d'][i],
            arrays['keypoints2d_score'][i],
            sequence=str(arrays['sequence'][i]),
            frame=int(arrays['frame_index'][i]),
            person=str(arrays['person'][i]))
