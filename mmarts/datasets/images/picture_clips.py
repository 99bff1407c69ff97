# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Crops of pictures along tracks, for networks that see pictures."""
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

import cv2
import numpy as np
import torch

from mmarts.registry import BODY_MODELS, DATASETS
from mmarts.structures import MeshDataSample, get_joint_set
from mmarts.structures.joint_conversion import convert_joints
from ..mesh_dataset import MeshDataset, stretches
from .crop_maker import PARAMS, CropMaker, meshes
from .crop_view import CropView

BOX_SCALE = 1.1  # of crops in tests: INT, appendix A
_POINTS = ('keypoints2d', 'keypoints2d_label', 'joints3d')
_SCORES = ('keypoints2d_score', 'keypoints2d_valid', 'joints3d_valid')


@DATASETS.register_module()
class PictureClips(MeshDataset):
    """Every n-th frame of stretches of tracks, as crops of one person.

    A stretch has ``num_frames * interval`` frames. Training sees it from a
    random frame of the first ``interval`` on (INT, appendix A: 16 frames at
    an interval of 8); testing sees all its interleaved clips, which together
    hold every frame once. What a stretch lacks in length goes back and
    forth in it; such frames have no target, and numbers behind the last.

    Args:
        ann_file: Annotations (``docs/data.md``) that name pictures.
        image_root: Folder of the pictures; that of the file by default.
        num_frames: Frames ``T`` of a clip; 1 for stills.
        interval: Frames from one of a clip to the next.
        stride: Frames from the start of one stretch to that of the next;
            the whole stretch by default.
        joint_set: Set of the samples' joints; the file's are converted to
            it.
        training: Whether stretches begin at random.
        repeat: Times that everything is in the dataset, each time augmented
            by itself.
        body_model: Config of the body of the annotations. Without it a
            turned or mirrored ``transl`` is not valid.
        vertices: Whether ``vertices`` are made of the body's parameters.
        confidences: Whether masks of 2D keypoints are their scores, which
            :class:`ConfidenceMSELoss` reads.
        seed: Decides the augmentation.
        name: As in :class:`MeshDataset`.
        crop: Arguments of :class:`CropMaker`: ``crop_size``, ``box``,
            ``augment``, ``pixels``, ``convention``. By default crops of 224
            pixels and 1.1 times the box, as in INT's tests.
    """

    def __init__(self,
                 ann_file: str,
                 image_root: Optional[str] = None,
                 num_frames: int = 16,
                 interval: int = 8,
                 stride: int = 0,
                 joint_set: str = 'spin49',
                 training: bool = False,
                 repeat: int = 1,
                 body_model: Optional[dict] = None,
                 vertices: bool = False,
                 confidences: bool = False,
                 seed: int = 0,
                 name: Optional[str] = None,
                 **crop) -> None:
        self.interval, self.stretch = interval, num_frames * interval
        super().__init__(ann_file, num_frames, stride or self.stretch, name)
        if 'image' not in self.arrays:
            raise ValueError(f'{ann_file} names no pictures; its key "image" '
                             'is described in docs/data.md.')
        self.image_root = Path(image_root or Path(ann_file).parent)
        self.conversion = None
        if self.joint_set.name != joint_set:
            self.conversion = convert_joints(self.joint_set.name, joint_set)
            self.joint_set = get_joint_set(joint_set)
        self.training, self.repeat = training, repeat
        self.body = body_model and BODY_MODELS.build(body_model)
        if vertices and self.body is None:
            raise ValueError('vertices=True needs a body_model to make them.')
        self.with_vertices = vertices
        augment = dict(margin=(BOX_SCALE, BOX_SCALE)) | (
            crop.pop('augment', None) or {})
        self.crop = CropMaker(
            **dict(dict(crop_size=224), **crop), augment=augment)
        self.confidences, self.seed = confidences, seed

    def __len__(self) -> int:
        return self.repeat * self._clips

    @property
    def _clips(self) -> int:
        """Clips of one round."""
        clips = 1 if self.training else self.interval
        return clips * len(self.windows)

    def __iter__(self) -> Iterator[dict]:
        # Items past the end are further draws, so indexing never ends.
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, index: int) -> dict:
        return self.drawn(index % self._clips, index)

    def drawn(self, index: int, number: int) -> dict:
        """A clip of the first round as the ``number``-th draw shows it."""
        rng = np.random.default_rng((self.seed, number))
        if self.training:
            window, offset = index, int(rng.integers(self.interval))
        else:
            window, offset = divmod(index, self.interval)
        return self._clip(rng, *self.windows[window], offset)

    def _cut(self, stride: int) -> np.ndarray:
        """First sorted row of each stretch, and its frames: ``(W, 2)``."""
        found = []
        for first, count in zip(*stretches(self._frames, self._track_starts)):
            starts = np.arange(0,
                               max(count - self.stretch, 0) + stride, stride)
            starts = np.unique(starts.clip(max=max(count - self.stretch, 0)))
            frames = np.minimum(count - starts, self.stretch)
            found.append(np.stack([first + starts, frames], 1))
        return np.concatenate(found)

    def _clip(self, rng: np.random.Generator, first: int, count: int,
              offset: int) -> dict:
        at = offset + self.interval * np.arange(self.num_frames)
        arrays = self._read(first + _back_and_forth(at, count))
        step = 1 if count < 2 else int(self._frames[first + 1]) - int(
            self._frames[first])
        arrays['frame_index'] = int(self._frames[first]) + step * at
        if self.conversion:
            self._convert(arrays)
        item = self._item(arrays)
        sample = item['data_samples']
        _mask_without_root(sample, self.joint_set.root_index)
        self._check_body(sample)
        view = self.crop.draw(rng, sample, arrays.get('box'))
        self.crop.finish(rng, view, self._pictures(sample, view),
                         item['inputs'], sample, self.body)
        self._add_vertices(sample)
        real = torch.as_tensor(at < count)
        for key in [k for k in sample.keys() if k.endswith('_valid')]:
            mask = sample.get(key)
            shown = real.reshape(-1, *[1] * (mask.dim() - 1))
            sample.set_field(mask * shown, key)
        return item

    def _convert(self, arrays: dict) -> None:
        for name in _POINTS:
            if name in arrays:
                arrays[name] = self.conversion.points(arrays[name])
                mask = f'{name}_valid'
                if name == 'joints3d' and mask not in arrays:
                    arrays[mask] = np.ones(
                        (self.num_frames, len(self.conversion.source)), bool)
        for name in _SCORES:
            if name in arrays:
                arrays[name] = self.conversion.scores(arrays[name])

    def _pictures(self, sample: MeshDataSample, view: CropView) -> np.ndarray:
        """Crops ``(T, S, S, 3)`` uint8 RGB, black beyond the pictures."""
        return np.stack([
            view.cut(_read_picture(self.image_root / name), frame)
            for frame, name in enumerate(sample.image)
        ])

    @torch.no_grad()
    def _add_vertices(self, sample: MeshDataSample) -> None:
        if self.with_vertices and all(name in sample for name in PARAMS):
            valid = torch.stack([sample.get(f'{n}_valid') for n in PARAMS])
            sample.set_target('vertices',
                              meshes(self.body, [sample])[0], valid.all(0))

    def _check_body(self, sample: MeshDataSample) -> None:
        ours = self.body and self.body.body_model_id
        if ours and sample.body_model_id not in (None, ours):
            raise ValueError(
                f'{self.name} is annotated with the body '
                f'"{sample.body_model_id}", but body_model is "{ours}".')

    def _sample(self, arrays: dict) -> MeshDataSample:
        sample = super()._sample(arrays)
        if self.confidences:
            scores = torch.as_tensor(
                arrays['keypoints2d_score'], dtype=torch.float32)
            sample.set_field(scores * sample.keypoints2d_valid,
                             'keypoints2d_valid')
        return sample


def _back_and_forth(at: np.ndarray, count: int) -> np.ndarray:
    """Places beyond the end, reflected at both ends."""
    if count == 1:
        return np.zeros_like(at)
    at = at % (2 * count - 2)
    return np.minimum(at, 2 * count - 2 - at)


def _mask_without_root(sample: MeshDataSample, root: int) -> None:
    """Joints around a root that is not known are no target."""
    if 'joints3d_rel' in sample:
        valid = sample.joints3d_rel_valid
        sample.set_field(valid & valid[:, [root]], 'joints3d_rel_valid')


def _read_picture(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path))
    if picture is None:
        raise FileNotFoundError(
            f'There is no picture "{path}" that can be read; does '
            '`image_root` name the folder of the pictures?')
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
