# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Image features of a video's frames, from a file."""
from pathlib import Path
from typing import Union

import numpy as np

from .video_io import VideoError

_KEY = 'feat'


def load_features(path: Union[str, Path], feat_dim: int) -> np.ndarray:
    """Read one feature a frame of the video.

    Args:
        path: ``.npy`` ``(N, C)``, or ``.npz`` with such an array ``feat``;
            row ``i`` is of frame ``i``, of the person who is followed.
        feat_dim: ``C`` that the network reads; 0 if it reads none.

    Raises:
        FileNotFoundError: If there is no such file.
        VideoError: If it holds something else, or the network reads none.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'There is no file of features "{path}".')
    if not feat_dim:
        raise VideoError('This network reads no image features; leave '
                         '--features out.')
    try:
        features = np.load(path, allow_pickle=False)
        if not isinstance(features, np.ndarray):
            features = features[_KEY]
    except (ValueError, EOFError, KeyError):
        raise VideoError(f'{path} should be a .npy of numbers, or a .npz with '
                         f'an array "{_KEY}" in it.') from None
    if features.ndim != 2 or features.shape[1] != feat_dim:
        raise VideoError(f'{path} should be (frames, {feat_dim}), but is '
                         f'{features.shape}.')
    return features
