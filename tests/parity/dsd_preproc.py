# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Crops as DSD-SATN's release cuts them."""
from pathlib import Path

import numpy as np
import torch

from mmarts.datasets.images.integer_crop import crop_around, visible_box
from mmarts.registry import MODELS
from mmarts.structures import get_joint_set

# Factors of the left, right, top and bottom side.
CASES = {
    'h36m_test_1.4': (1.4, ) * 4,
    'pw3d_1.5': (1.5, ) * 4,
    'four_sides': (1.1, 1.5, 1.2, 1.6),
    'half_0.6': (0.6, ) * 4
}
_ENLARGED = 16
_EVERY = 8  # pixel that is stored


def compute_preproc(kit: Path, seed: int, dtype: torch.dtype) -> dict:
    """All arrays of ``preproc.npz``; picture and keypoints are the kit's."""
    with np.load(kit / 'preproc.npz') as file:
        small, keypoints = file['image_small'], file['kps']
    arrays = dict(image_small=small, kps=keypoints)
    image = small.repeat(_ENLARGED, 0).repeat(_ENLARGED, 1)
    low, high = visible_box(keypoints)
    for name, factors in CASES.items():
        crop = crop_around(low, high, factors)
        first, last, offset = crop.clipped(image.shape[1::-1])
        picture = crop.image(image)
        of_case = {
            'box': np.stack([low, high]),
            'crop_shape': (crop.side, crop.side, 3),
            'crop_offset_lt_rb_size':
            [*offset, *first, *last, *(last - first)],
            'kps_norm': crop.keypoints(keypoints),
            'crop_256_u8_sub8': picture[::_EVERY, ::_EVERY],
            'input_sub8': _normalised(picture)[:, ::_EVERY, ::_EVERY]
        }
        arrays.update({f'{name}/{k}': v for k, v in of_case.items()})
    arrays['flip/kps'] = _flipped(keypoints, image.shape[1])
    return {key: np.asarray(value) for key, value in arrays.items()}


def _normalised(picture: np.ndarray) -> torch.Tensor:
    """By the configs' preprocessor."""
    preprocessor = MODELS.build(
        dict(type='WindowPreprocessor', image_mean=(0.5, ), image_std=(0.5, )))
    image = torch.as_tensor(picture).movedim(-1, 0)
    return preprocessor(
        dict(inputs=dict(image=[image[None]])))['inputs']['image'][0, 0]


def _flipped(keypoints: np.ndarray, width: int) -> np.ndarray:
    mirrored = keypoints.copy()
    mirrored[:, 0] = width - 1 - mirrored[:, 0]
    return mirrored[get_joint_set('lsp14').flip_indices]
