# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Outlines of people in COCO's forms, as a grid over a box."""
from typing import Union

import cv2
import numpy as np

from mmarts.compat.optional import import_optional

# Cells along a side of a grid, a multiple of 8; and the finer grid that
# polygons are filled on.
MASK_SIDE, _FINE = 56, 4
_BITS = 8  # of a cell of the fine grid, for OpenCV


def outline_grid(segmentation: Union[list, dict], box: np.ndarray,
                 size: tuple[int, int]) -> np.ndarray:
    """Cells of a box that lie in an outline.

    Args:
        segmentation: Polygons, lists of x y x y ... pixels; or the run
            lengths of a mask as large as the picture.
        box: ``(4,)`` x1 y1 x2 y2 pixels; the grid lies over it evenly.
        size: ``(width, height)`` of the picture, pixels.

    Returns:
        ``(56, 7)`` uint8, the bits of a row packed into bytes.

    Raises:
        ValueError: If the outline is malformed.
    """
    scale = MASK_SIDE * _FINE / np.maximum(box[2:] - box[:2], 1e-6)
    try:
        if isinstance(segmentation, dict):
            fine = _from_runs(segmentation, box, scale, size)
        else:
            fine = _from_polygons(segmentation, box, scale)
    except ImportError:
        raise
    except Exception as error:  # of C code that trusts its input
        raise ValueError('"segmentation" is malformed '
                         f'({" ".join(str(error).split())})') from None
    cells = cv2.resize(
        fine, (MASK_SIDE, MASK_SIDE), interpolation=cv2.INTER_AREA)
    return np.packbits(cells > 127, axis=-1)


def _from_polygons(polygons: list, box: np.ndarray,
                   scale: np.ndarray) -> np.ndarray:
    fine = np.zeros((MASK_SIDE * _FINE, ) * 2, np.uint8)
    for polygon in polygons:
        points = np.asarray(polygon, float).reshape(-1, 2)
        if not np.isfinite(points).all():
            raise ValueError('a point is not finite')
        points = (points - box[:2]) * scale - 0.5  # centres of cells at 0
        fixed = np.round(points * (1 << _BITS)).clip(-1e6,
                                                     1e6).astype(np.int32)
        one = np.zeros_like(fine)
        cv2.fillPoly(one, [fixed], 255, shift=_BITS)
        fine |= one
    return fine


def _from_runs(runs: dict, box: np.ndarray, scale: np.ndarray,
               size: tuple[int, int]) -> np.ndarray:
    if tuple(runs['size']) != (size[1], size[0]):
        raise ValueError(f'its size is {runs["size"]}, the picture\'s '
                         f'{[size[1], size[0]]}')
    rle = import_optional('pycocotools.mask')
    if isinstance(runs['counts'], list):
        runs = rle.frPyObjects(runs, size[1], size[0])
    whole = rle.decode(runs) * np.uint8(255)
    # The picture's first pixel has its centre at half a pixel.
    shift = (0.5 - box[:2]) * scale - 0.5
    affine = np.column_stack([np.diag(scale), shift])
    side = MASK_SIDE * _FINE
    return cv2.warpAffine(whole, affine, (side, side))
