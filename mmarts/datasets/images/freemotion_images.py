# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""FreeMotion in pictures: rendered crops and their exact bodies."""
from typing import Optional

import numpy as np
import torch
from torch.utils.data import Dataset

from mmarts.registry import DATASETS, TRANSFORMS
from mmarts.structures import BodyParams, MeshDataSample
from ..freemotion import FreeMotion
from .box_augment import tight_boxes
from .crop_targets import crop_sample
from .picture_maker import PictureMaker

# Streams of one seed, besides those of FreeMotion.
_LOOK, _AUGMENT = 10, 11
_PARAMS = ('global_orient', 'body_pose', 'betas', 'transl')


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
        crop_size: Side of the crops, pixels.
        box: ``'frame'``, a box around the person in every frame, or
            ``'window'``, one for the clip.
        augment: Arguments of :class:`BoxAugment`.
        pixels: Arguments of :class:`PixelAugment`.
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
        if box not in ('frame', 'window'):
            raise ValueError(f'A box is of a "frame" or a "window", not '
                             f'"{box}".')
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
        self.crop_size, self.whole_window = crop_size, box == 'window'
        self.augment = TRANSFORMS.build(
            dict(type='BoxAugment') | (augment or {}))
        self.pixels = TRANSFORMS.build(
            dict(type='PixelAugment') | (pixels or {}))
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
        for item in items:
            self._thin_out(item['inputs'], item['data_samples'])
        meshes = self._meshes(items)
        for index, item, mesh in zip(indices, items, meshes.numpy()):
            self._add_picture(index, mesh, **item)
        if self.with_vertices:
            for item, mesh in zip(items, self._meshes(items)):
                item['data_samples'].set_target('vertices', mesh)
        return items

    @property
    def metainfo(self) -> dict:
        """What the samples have in common."""
        return dict(self.motion.metainfo, dataset='FreeMotionImages')

    def _add_picture(self, index: int, mesh: np.ndarray, inputs: dict,
                     data_samples: MeshDataSample) -> None:
        sample = data_samples
        # A track keeps its clothes; each of its windows is cut by itself.
        track = (index, )
        if self.motion.split != 'train':
            track = self.motion.test_windows[index][:2]
        look = np.random.default_rng((self.seed, _LOOK, *track))
        rng = np.random.default_rng((self.seed, _AUGMENT, index))
        low, high = tight_boxes(sample.keypoints2d, sample.keypoints2d_valid,
                                sample.image_size, self.whole_window)
        view = self.augment(rng, low, high, self.crop_size)
        images = self.make_pictures(look, mesh,
                                    np.asarray(sample.K, np.float64),
                                    sample.image_size, view)
        images = np.ascontiguousarray(self.pixels(rng, images))
        inputs['image'] = torch.from_numpy(images).movedim(-1, 1).contiguous()
        crop_sample(inputs, sample, view,
                    self.body.rest_joints(sample.betas)[..., 0, :])
        sample.set_metainfo(dict(dataset='FreeMotionImages'))

    def _meshes(self, items: list[dict]) -> torch.Tensor:
        """``(B, T, V, 3)`` vertices of all samples."""
        return self.body.vertices(
            BodyParams(*(
                torch.stack([item['data_samples'].get(name) for item in items])
                for name in _PARAMS)))

    def _thin_out(self, inputs: dict, sample: MeshDataSample) -> None:
        """Keep every ``interval``-th frame."""
        if self.interval == 1:
            return
        for name in ('keypoints2d', 'keypoints2d_score'):
            inputs[name] = inputs[name][::self.interval]
        for name, value in list(sample.items()):
            sample.set_field(value[::self.interval], name)
        sample.set_metainfo(
            dict(frame_index=sample.frame_index[::self.interval]))
