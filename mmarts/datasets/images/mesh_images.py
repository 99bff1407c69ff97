# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Crops of the pictures that an annotation file names."""
from pathlib import Path
from typing import Optional

import cv2
import numpy as np
import torch
from torch.utils.data import Dataset

from mmarts.registry import BODY_MODELS, DATASETS
from mmarts.structures import MeshDataSample
from ..mesh_dataset import MeshDataset
from .crop_maker import PARAMS, CropMaker, meshes, thin_out
from .crop_view import CropView

_AUGMENT = 12  # a stream of the seed
# A crop is drawn at most so many times as large and then shrunk.
_FINEST = 4


@DATASETS.register_module()
class MeshImages(Dataset):
    """Windows of annotated pictures as crops; single images for T = 1.

    What is true of the samples of :class:`FreeMotionImages` is true of
    these; how an annotation file names its pictures is in ``docs/data.md``.
    A sample depends on ``(seed, index)`` only. All frames of a window are
    taken to have the camera and the size of its first picture.

    Args:
        ann_file: The ``.mmarts`` or ``.npz``, with ``image``.
        image_root: Folder of the pictures; that of ``ann_file`` when empty.
        num_frames: ``T``; 1 for single images.
        interval: Frames from one frame of a window to the next.
        stride: Frames between the starts of windows.
        repeat: Times that every window is in the dataset, each augmented by
            itself.
        seed: Decides the augmentation.
        body_model: Config of the body of the annotations. Without it a
            turned or mirrored ``transl`` is not valid.
        vertices: Whether ``vertices`` are made of the body's parameters.
        name: Dataset name in the samples; the file's folder when empty.
        crop: Arguments of :class:`CropMaker`: ``crop_size``, ``box``,
            ``augment``, ``pixels``.

    Raises:
        ValueError: If the file names no pictures, or one has another size
            than the file says.
        FileNotFoundError: If a picture is missing.
    """

    def __init__(self,
                 ann_file: str,
                 image_root: str = '',
                 num_frames: int = 1,
                 interval: int = 1,
                 stride: int = 1,
                 repeat: int = 1,
                 seed: int = 0,
                 body_model: Optional[dict] = None,
                 vertices: bool = False,
                 name: Optional[str] = None,
                 **crop) -> None:
        self.windows = MeshDataset(ann_file, (num_frames - 1) * interval + 1,
                                   stride, name)
        if 'image' not in self.windows.arrays:
            raise ValueError(f'{ann_file} names no pictures; it needs the '
                             'array "image" that docs/data.md describes.')
        self.image_root = Path(image_root or Path(ann_file).parent)
        self.interval, self.repeat, self.seed = interval, repeat, seed
        self.body = body_model and BODY_MODELS.build(body_model)
        if vertices and self.body is None:
            raise ValueError('vertices=True needs a body_model to make them.')
        self.with_vertices = vertices
        self.crop = CropMaker(**crop)

    def __len__(self) -> int:
        return len(self.windows) * self.repeat

    @torch.no_grad()
    def __getitem__(self, index: int) -> dict:
        item = self.windows[index % len(self.windows)]
        inputs, sample = item['inputs'], item['data_samples']
        thin_out(inputs, sample, self.interval)
        self._check_body(sample)
        rng = np.random.default_rng((self.seed, _AUGMENT, index))
        view = self.crop.draw(rng, sample)
        images = np.stack([
            warp_crop(self._read(path, sample.image_size), view, warp)
            for path, warp in zip(sample.image, view.warp())
        ])
        if view.flip:
            images = images[:, :, ::-1]
        self.crop.finish(rng, view, images, inputs, sample, self.body)
        if self.with_vertices and all(name in sample for name in PARAMS):
            valid = torch.stack([sample.get(f'{n}_valid') for n in PARAMS])
            sample.set_target('vertices',
                              meshes(self.body, [sample])[0], valid.all(0))
        return item

    def _read(self, name: str, image_size: tuple[int, int]) -> np.ndarray:
        """A picture ``(H, W, 3)``, RGB."""
        path = self.image_root / name
        if not name or not path.is_file():
            raise FileNotFoundError(
                f'There is no picture "{path}" that {self.windows.name} '
                'names; does image_root lead to its pictures?')
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is None or image.shape[1::-1] != tuple(image_size):
            size = None if image is None else image.shape[1::-1]
            raise ValueError(f'The picture "{path}" should be {image_size} '
                             f'pixels wide and high, but is {size}.')
        return image[..., ::-1]

    def _check_body(self, sample: MeshDataSample) -> None:
        theirs = sample.body_model_id
        if self.body is not None and theirs not in (None,
                                                    self.body.body_model_id):
            raise ValueError(f'The pictures are annotated with the body '
                             f'"{theirs}", but body_model is '
                             f'"{self.body.body_model_id}".')


def warp_crop(image: np.ndarray, view: CropView,
              warp: np.ndarray) -> np.ndarray:
    """Cut a crop ``(size, size, C)``, black outside of the picture.

    Args:
        image: ``(H, W, C)`` uint8.
        view: Where the crop is from.
        warp: ``(2, 3)``, one of ``view.warp()``.
    """
    # Bilinear sampling skips pixels where it shrinks by more than 2.
    shrink = 1 / np.linalg.norm(warp[:, 0])
    finer = int(np.clip(np.floor(shrink), 1, _FINEST))
    warp = finer * warp
    # OpenCV's 0 is the centre of the first pixel.
    warp[:, 2] += 0.5 * warp[:, :2].sum(1) - 0.5
    side = finer * view.size
    crop = cv2.warpAffine(
        np.ascontiguousarray(image),
        warp, (side, side),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT)
    if finer == 1:
        return crop
    return cv2.resize(
        crop, (view.size, view.size), interpolation=cv2.INTER_AREA)
