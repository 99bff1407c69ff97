# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The release's augmented crops, by the crop pipeline of its config."""
from pathlib import Path

import numpy as np
import roma
import torch
from mmengine.config import Config
from parity.pointhmr_network import ROOT

from mmarts.datasets.images import CropMaker, CropView, crop_sample
from mmarts.datasets.images.pixel_augment import with_gain
from mmarts.structures import MeshDataSample

CASES = 4
_SIDE = 200  # pixels of scale 1
_EVERY = 8  # pixel that is stored
_GIVEN = ('image', 'kp2', 'kp3', 'pose', 'center', 'scale')


def compute_data(kit: Path, seed: int, dtype: torch.dtype) -> dict:
    """All arrays of ``data.npz``; what comes in is the kit's."""
    with np.load(kit / 'data.npz') as file:
        given = {key: file[key] for key in _GIVEN}
        cases = [file[f'params_{number}'] for number in range(CASES)]
    arrays = dict(given)
    for number, params in enumerate(cases):
        of_case = dict(_augmented(given, params), params=params)
        arrays.update({f'{k}_{number}': v for k, v in of_case.items()})
    return {key: np.asarray(value) for key, value in arrays.items()}


def _augmented(given: dict, params: np.ndarray) -> dict:
    """Crop and targets; rotation, mirror, gains and size are those drawn."""
    view = _view(given, params)
    crop = view.cut(given['image'].astype(np.float64), 0)
    if view.flip:
        crop = crop[:, ::-1]
    image = with_gain(crop, params[2:5]).transpose(2, 0, 1) / 255
    sample = _sample(given)
    inputs = dict(
        keypoints2d=sample.keypoints2d,
        keypoints2d_score=sample.keypoints2d_valid)
    crop_sample(inputs, sample, view)
    turns = torch.cat([sample.global_orient, sample.body_pose], 1)
    return dict(
        image_sub=image[:, ::_EVERY, ::_EVERY],
        image_stats=[image.mean(),
                     image.std(),
                     image.min(),
                     image.max()],
        kp2=_with_mask(sample, 'keypoints2d_crop'),
        kp3=_with_mask(sample, 'joints3d'),
        pose=roma.rotmat_to_rotvec(turns).flatten())


def _view(given: dict, params: np.ndarray) -> CropView:
    """Where the release's config cuts."""
    degrees, flip, *_, factor = params
    data = Config.fromfile(
        ROOT / 'configs/pointhmr/pointhmr_release.py').test_dataloader.dataset
    maker = CropMaker(224, convention=data.convention)
    return maker.view_type(given['center'][None],
                           np.array([_SIDE * given['scale'] * factor]),
                           maker.size, -np.deg2rad(degrees), flip > 0)


def _sample(given: dict) -> MeshDataSample:
    """The kit's person, with SMPL's pose, before any camera."""
    points, joints = (
        torch.as_tensor(given[k]).float()[None] for k in ('kp2', 'kp3'))
    height, width = given['image'].shape[:2]
    sample = MeshDataSample(
        metainfo=dict(
            joint_set='spin24', K=np.eye(3), image_size=(width, height)))
    for name, value in (('keypoints2d', points), ('joints3d', joints)):
        sample.set_target(name, value[..., :-1], value[..., -1])
    turns = roma.rotvec_to_rotmat(
        torch.as_tensor(given['pose']).double().view(1, 24, 3)).float()
    sample.set_target('global_orient', turns[:, :1])
    sample.set_target('body_pose', turns[:, 1:])
    return sample


def _with_mask(sample: MeshDataSample, name: str) -> np.ndarray:
    mask = sample.get(f'{name}_valid')[0, :, None]
    return torch.cat([sample.get(name)[0], mask], -1)
