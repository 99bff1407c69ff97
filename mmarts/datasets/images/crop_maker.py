# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""From a sample of whole pictures to one of augmented crops."""
from typing import Optional

import numpy as np
import torch

from mmarts.body_models import BodyModel
from mmarts.registry import TRANSFORMS
from mmarts.structures import BodyParams, MeshDataSample
from .box_augment import tight_boxes
from .crop_targets import crop_sample
from .crop_view import CropView
from .released_crop_view import ReleasedCropView

PARAMS = ('global_orient', 'body_pose', 'betas', 'transl')
_VIEWS = dict(exact=CropView, release=ReleasedCropView)


class CropMaker:
    """What datasets of pictures do alike, whatever their pictures are.

    Args:
        crop_size: Side of the crops, pixels.
        box: ``'frame'``, a box around the person in every frame,
            ``'window'``, one for the clip, or ``'picture'``, all of a
            picture that is a crop already.
        augment: Arguments of :class:`BoxAugment`.
        pixels: Arguments of :class:`PixelAugment`.
        convention: ``'exact'``, or ``'release'`` for crops at whole pixels,
            see :class:`ReleasedCropView`; of pictures that are read, not
            of rendered ones.
    """

    def __init__(self,
                 crop_size: int = 256,
                 box: str = 'frame',
                 augment: Optional[dict] = None,
                 pixels: Optional[dict] = None,
                 convention: str = 'exact') -> None:
        if box not in ('frame', 'window', 'picture'):
            raise ValueError('A box is of a "frame", a "window" or a '
                             f'"picture", not "{box}".')
        if convention not in _VIEWS:
            raise ValueError(f'convention should be one of {list(_VIEWS)}, '
                             f'but is "{convention}".')
        self.view_type = _VIEWS[convention]
        self.size, self.whole_window = crop_size, box == 'window'
        self.whole_picture = box == 'picture'
        self.augment = TRANSFORMS.build(
            dict(type='BoxAugment') | (augment or {}))
        self.pixels = TRANSFORMS.build(
            dict(type='PixelAugment') | (pixels or {}))

    def draw(self,
             rng: np.random.Generator,
             sample: MeshDataSample,
             boxes: Optional[np.ndarray] = None) -> CropView:
        """Draw how a window is cut.

        Args:
            rng: Decides all.
            sample: Its keypoints have the boxes that are not given.
            boxes: ``(T, 4)`` x1 y1 x2 y2 of the person, pixels.
        """
        if self.whole_picture:
            boxes = np.tile((0, 0, *sample.image_size),
                            (len(sample.frame_index), 1))
        if boxes is None:
            low, high = tight_boxes(sample.keypoints2d,
                                    sample.keypoints2d_valid > 0,
                                    sample.image_size, self.whole_window)
        else:
            low, high = np.split(boxes.astype(np.float64), 2, -1)
            if self.whole_window:
                low, high = (
                    np.broadcast_to(corner, low.shape)
                    for corner in (low.min(0), high.max(0)))
        return self.view_type(**vars(self.augment(rng, low, high, self.size)))

    def finish(self,
               rng: np.random.Generator,
               view: CropView,
               images: np.ndarray,
               inputs: dict,
               sample: MeshDataSample,
               body: Optional[BodyModel] = None) -> None:
        """Add the crops, and change everything else to them, in place.

        Args:
            rng: Decides the change of colours.
            view: How the window was cut.
            images: ``(T, size, size, 3)`` RGB uint8, as the view shows them
                before a mirror.
            inputs: Of the whole pictures.
            sample: Of the whole pictures.
            body: Of the sample's parameters, to turn and mirror ``transl``.
        """
        if view.flip:
            images = images[:, :, ::-1]
        images = np.ascontiguousarray(self.pixels(rng, images))
        inputs['image'] = torch.from_numpy(images).movedim(-1, 1).contiguous()
        root = None
        if body is not None and 'betas' in sample:
            root = body.rest_joints(sample.betas)[..., 0, :]
        crop_sample(inputs, sample, view, root)


def thin_out(inputs: dict, sample: MeshDataSample, interval: int) -> None:
    """Keep every ``interval``-th frame of a window, in place."""
    if interval == 1:
        return
    for name in ('keypoints2d', 'keypoints2d_score', 'feat'):
        if name in inputs:
            inputs[name] = inputs[name][::interval]
    for name, value in list(sample.items()):
        sample.set_field(value[::interval], name)
    for name in ('frame_index', 'image'):
        if name in sample.metainfo_keys():
            sample.set_metainfo({name: sample.get(name)[::interval]})


def meshes(body: BodyModel, samples: list[MeshDataSample]) -> torch.Tensor:
    """``(B, T, V, 3)`` vertices of samples that have all parameters."""
    return body.vertices(
        BodyParams(*(torch.stack([sample.get(name) for sample in samples])
                     for name in PARAMS)))
