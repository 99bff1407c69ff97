# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Annotated pictures: grey, with a square on a joint."""
import cv2
import numpy as np
from toy_annotations import toy_annotations

from mmarts.annotations.annotation_writer import write_annotations

SIZE = 1000


def toy_pictures(folder,
                 body,
                 num_frames=20,
                 size=SIZE,
                 split='train',
                 **changes):
    """Write ``folder/SPLIT.mmarts`` and its pictures; the arrays.

    The picture of frame ``i`` has grey level ``i`` and a white square on
    the first keypoint; a smaller ``size`` shows its upper left part.
    """
    arrays = toy_annotations(body, num_frames)
    del arrays['feat']
    (folder / 'images').mkdir(parents=True, exist_ok=True)
    names = [f'images/{i:03d}.png' for i in range(num_frames)]
    for i, name in enumerate(names):
        picture = np.full((size, size, 3), i, np.uint8)
        x, y = arrays['keypoints2d'][i, 0].round().astype(int)
        picture[max(y - 5, 0):y + 6, max(x - 5, 0):x + 6] = 255
        cv2.imwrite(str(folder / name), picture)
    arrays['image'] = np.array(names)
    arrays.update(changes)
    write_annotations(folder / f'{split}.mmarts', arrays, source='a toy')
    return arrays
