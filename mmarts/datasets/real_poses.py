# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Poses and shapes of real people, for a discriminator."""
from functools import lru_cache
from typing import Optional, Union

import numpy as np
import roma
import torch
from torch import Tensor

from mmarts.annotations.annotation_file import SUFFIX, AnnotationFile
from mmarts.body_models.base import BodyModel
from mmarts.compat.optional import import_optional
from mmarts.registry import BODY_MODELS, DATASETS
from .images.crop_targets import mirrored_pose
from .motion.motion_clips import FREEMOTION_FILE, load_clips

# Shapes that nobody measured are N(0, 1), cut there; as FreeMotion's.
MAX_BETA = 2.5
FPS = 30.


@DATASETS.register_module()
class RealPoses:
    """Draws body poses and shapes of motion capture.

    Files are opened at the first draw: a network that is only run needs
    none.

    Args:
        ann_file: Empty: FreeMotion's training clips. A folder of
            tools/convert_dataset.py: its training clips. A ``.npz`` or
            ``.h5`` with ``pose`` ``(N, 3 J)`` rotation vectors, root first,
            and ``shape`` ``(N, S)``: MoSh's fits, as HMR's successors keep
            them.
        mirror: Chance of a mirrored pose; DSD's release has 0.3.
        body_model: Body, or its config; for the number of shape
            coefficients.
    """

    def __init__(self,
                 ann_file: str = '',
                 mirror: float = 0.3,
                 body_model: Union[None, dict, BodyModel] = None) -> None:
        if not isinstance(body_model, BodyModel):
            body_model = BODY_MODELS.build(body_model or dict(type='FreeBody'))
        self.ann_file, self.mirror = ann_file, mirror
        self.num_betas = body_model.num_betas
        self._held: Optional[tuple[Tensor, Optional[Tensor]]] = None

    def draw(self, count: int) -> tuple[Tensor, Tensor]:
        """``(count, J - 1, 3, 3)`` rotations and ``(count, S)`` shapes.

        Chance is torch's own generator.
        """
        poses, betas = self._poses()
        chosen = torch.randint(len(poses), (count, ))
        pose = poses[chosen]
        if betas is None:
            shape = torch.randn(count, self.num_betas)
            shape = shape.clamp(-MAX_BETA, MAX_BETA)
        else:
            shape = betas[chosen]
        flip = torch.rand(count) < self.mirror
        return torch.where(flip[:, None, None, None], mirrored_pose(pose),
                           pose), shape

    def _poses(self) -> tuple[Tensor, Optional[Tensor]]:
        if self._held is None:
            if self.ann_file.endswith(('.npz', '.h5', '.hdf5', SUFFIX)):
                self._held = self._read_fits()
            else:
                self._held = _clip_poses(self.ann_file), None
        return self._held

    def _read_fits(self) -> tuple[Tensor, Tensor]:
        if self.ann_file.endswith(SUFFIX):
            rows = AnnotationFile(self.ann_file).arrays
            pose = np.concatenate([rows['global_orient'], rows['body_pose']],
                                  1)
            arrays = dict(
                pose=pose.reshape(len(pose), -1),
                shape=np.array(rows['betas']))
        elif self.ann_file.endswith('.npz'):
            with np.load(self.ann_file, allow_pickle=False) as file:
                arrays = {k: file[k] for k in ('pose', 'shape') if k in file}
        else:
            h5py = import_optional('h5py', 'pip install "mmarts[datasets]"')
            with h5py.File(self.ann_file) as file:
                arrays = {
                    k: file[k][()]
                    for k in ('pose', 'shape') if k in file
                }
        if len(arrays) < 2 or arrays['pose'].shape[-1] % 3 or (
                arrays['shape'].shape[-1] < self.num_betas):
            raise ValueError(
                f'{self.ann_file} should hold pose (N, 3 J) and shape (N, '
                f'{self.num_betas} or more), but has '
                f'{ {k: v.shape for k, v in arrays.items()} }.')
        rotvec = torch.as_tensor(arrays['pose'], dtype=torch.float32)
        rotmat = roma.rotvec_to_rotmat(rotvec.unflatten(-1, (-1, 3)))
        shape = torch.as_tensor(arrays['shape'], dtype=torch.float32)
        return rotmat[:, 1:], shape[:, :self.num_betas]


@lru_cache(maxsize=1)
def _clip_poses(ann_file: str) -> Tensor:
    """``(N, J - 1, 3, 3)`` of training clips; networks share them."""
    clips = load_clips(ann_file or str(FREEMOTION_FILE), 'train', FPS)
    return torch.cat([c.rotmats[:, 1:] for c in clips])
