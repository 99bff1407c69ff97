# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pictures of people as clips in which nobody moves."""
import numpy as np
import roma
import torch

from mmarts.body_models import BodyModel
from mmarts.registry import BODY_MODELS, DATASETS
from mmarts.structures import BodyParams, convert_joints, get_joint_set
from .mesh_dataset import MeshDataset

_FIT = ('global_orient', 'body_pose', 'betas', 'transl')


@DATASETS.register_module()
class StillClips(MeshDataset):
    """Single frames, each repeated ``T`` times (ARTS and PMCE, stage one).

    Keypoints are brought to the network's joint set; joints in 3D come from
    the SMPL fit of the person, and are masked where there is none.

    Args:
        ann_file: As :class:`MeshDataset` reads it, of COCO, MPII and the
            like, with fits.
        body_model: Config or module of the fits' body.
        joint_set: Of the samples.
        num_frames: Clip length ``T``.
        **kwargs: ``name``.

    Raises:
        ValueError: If the file holds no fits.
    """

    def __init__(self,
                 ann_file: str,
                 body_model,
                 joint_set: str = 'coco19',
                 num_frames: int = 16,
                 **kwargs) -> None:
        super().__init__(ann_file, num_frames=1, **kwargs)
        self._check_fits(ann_file)
        self.body = body_model if isinstance(
            body_model, BodyModel) else BODY_MODELS.build(body_model)
        self.convert = convert_joints(self.joint_set.name, joint_set)
        self.joint_set = get_joint_set(joint_set)
        self.num_repeats = num_frames

    def __getitem__(self, index: int) -> dict:
        arrays = self._read(
            np.arange(self.windows[index], self.windows[index] + 1))
        for name in ('keypoints2d', 'keypoints2d_label'):
            if name in arrays:
                arrays[name] = self.convert.points(arrays[name])
        for name in ('keypoints2d_score', 'keypoints2d_valid'):
            if name in arrays:
                arrays[name] = self.convert.scores(arrays[name])
        arrays.update(self._fitted_joints(arrays))
        rows = {
            k: np.repeat(v, self.num_repeats, 0)
            for k, v in arrays.items()
            if isinstance(v, np.ndarray) and v.ndim and k != 'K'
        }
        rows['frame_index'] = np.arange(self.num_repeats)
        return self._item({**arrays, **rows})

    def _check_fits(self, ann_file: str) -> None:
        missing = [k for k in _FIT if k not in self.arrays]
        if missing:
            raise ValueError(
                f'{ann_file} has no SMPL fits ({missing} are missing); '
                'convert it with --options fits=[FILE.json], see '
                'docs/data.md.')

    def _fitted_joints(self, arrays: dict) -> dict:
        """Joints of the fit ``(1, K, 3)`` metres, and their mask."""
        values = {k: torch.as_tensor(arrays[k]).float() for k in _FIT}
        turns = [roma.rotvec_to_rotmat(values[k]) for k in _FIT[:2]]
        params = BodyParams(*turns, values['betas'], values['transl'])
        joints = self.body.joints(params, self.joint_set.name).numpy()
        valid = np.all(
            [arrays.get(f'{k}_valid', np.ones(1, bool)) for k in _FIT], 0)
        return dict(
            joints3d=joints,
            joints3d_valid=np.repeat(valid[:, None], joints.shape[1], 1))
