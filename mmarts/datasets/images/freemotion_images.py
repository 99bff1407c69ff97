# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""FreeMotion in pictures: rendered crops and their exact bodies."""
from typing import Optional

import numpy as np
import torch
from torch.utils.data import Dataset

from mmarts.registry import DATASETS
from mmarts.structures import MeshDataSample
from ..freemotion import FreeMotion
from ..rendering import PictureMaker
from .crop_maker import CropMaker, meshes, thin_out

# Streams of one seed, besides those of FreeMotion.
_LOOK, _AUGMENT = 10, 11


@DATASETS.register_module()
class FreeMotionImages(Dataset):
    """Crops of rendered persons with their bodies, made on the fly.

    Motion, shape, heading and camera are those of :class:`FreeMotion`;
    clothes, light, background, things before the person, blur and grain are
    drawn once a clip. A sample depends on ``(seed, index)`` only. The
    keypoints are exact; what the network gets is ``inputs['image']``.
    :func:`~mmarts.datasets.images.crop_targets.crop_sample` tells which keys
    a sample has beside those of FreeMotion.

    Args:
        split: ``'train'``, ``'val'`` or ``'test'``.
        body_model: Config of the body.
        joint_set: Set of the keypoints.
        num_frames: ``T``; 1 for single images.
        interval: Frames at ``fps`` from one frame of a clip to the next.
        fps: Frame rate of the motion.
        seed: Decides every sample.
        crop_size, box, augment, pixels: Of :class:`CropMaker`.
        pictures: Arguments of :class:`PictureMaker`.
        vertices: Whether the samples have ``vertices``.
        motion: Other arguments of :class:`FreeMotion`: ``length``,
            ``views``, ``stride``, ``camera``, ``variety``, ``ann_file``...
    """

    def __init__(self,
                 split: str,
                 body_model: Optional[dict] = None,
                 joint_set: str = 'coco19',
                 num_frames: int = 1,
                 interval: int = 1,
                 fps: float = 30.0,
                 seed: int = 0,
                 crop_size: int = 256,
                 box: str = 'frame',
                 augment: Optional[dict] = None,
                 pixels: Optional[dict] = None,
                 pictures: Optional[dict] = None,
                 vertices: bool = False,
                 **motion) -> None:
        if interval < 1 or num_frames < 1:
            raise ValueError('num_frames and interval start at 1, but are '
                             f'{num_frames} and {interval}.')
        self.motion = FreeMotion(
            split,
            body_model,
            joint_set,
            num_frames=(num_frames - 1) * interval + 1,
            fps=fps,
            seed=seed,
            **motion)
        self.body = self.motion.body
        self.interval, self.seed = interval, seed
        self.crop = CropMaker(crop_size, box, augment, pixels)
        self.make_pictures = PictureMaker(self.body, **(pictures or {}))
        self.with_vertices = vertices

    def __len__(self) -> int:
        return len(self.motion)

    def __getitem__(self, index: int) -> dict:
        return self.__getitems__([index])[0]

    @torch.no_grad()
    def __getitems__(self, indices: list[int]) -> list[dict]:
        """Samples of several indices; their motion is made together."""
        indices = [int(i) for i in indices]
        items = self.motion.__getitems__(indices)
        samples = [item['data_samples'] for item in items]
        for item in items:
            thin_out(item['inputs'], item['data_samples'], self.interval)
        for index, item, mesh in zip(indices, items,
                                     meshes(self.body, samples).numpy()):
            self._add_picture(index, mesh, item['inputs'],
                              item['data_samples'])
        if self.with_vertices:
            for sample, mesh in zip(samples, meshes(self.body, samples)):
                sample.set_target('vertices', mesh)
        return items

    @property
    def metainfo(self) -> dict:
        """What the samples have in common."""
        return dict(self.motion.metainfo, dataset='FreeMotionImages')

    def _add_picture(self, index: int, mesh: np.ndarray, inputs: dict,
                     sample: MeshDataSample) -> None:
        # A track keeps its clothes; each of its windows is cut by itself.
        track = (index, )
        if self.motion.split != 'train':
            track = self.motion.test_windows[index][:2]
        look = np.random.default_rng((self.seed, _LOOK, *track))
        rng = np.random.default_rng((self.seed, _AUGMENT, index))
        view = self.crop.draw(rng, sample)
        images = self.make_pictures(look, mesh,
                                    np.asarray(sample.K, np.float64),
                                    sample.image_size, view)
        self.crop.finish(rng, view, images, inputs, sample, self.body)
        sample.set_metainfo(dict(dataset='FreeMotionImages'))
