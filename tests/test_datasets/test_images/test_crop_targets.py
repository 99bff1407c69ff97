# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
import torch

from mmarts.datasets import FreeMotion
from mmarts.datasets.images import CropView, crop_sample
from mmarts.datasets.images.crop_targets import mirrored_pose
from mmarts.geometry.camera import project, weak_to_translation
from mmarts.structures import BodyParams, check_sample

VIEWS = [(0., False), (0., True), (0.7, False), (-1.0, True)]
PARAMS = ('global_orient', 'body_pose', 'betas', 'transl')


@pytest.fixture(scope='module')
def motion():
    return FreeMotion('train', joint_set='smpl24', num_frames=3)


def cropped(motion, angle, flip, with_root=True):
    item = motion[7]
    inputs, sample = item['inputs'], item['data_samples']
    sample.keypoints2d_valid[0, 4] = False  # a left knee
    view = CropView(
        np.array([[300., 200], [310, 220], [320, 190]]),
        np.array([150., 180, 120]), 256, angle, flip)
    root = motion.body.rest_joints(sample.betas)[:, 0]
    crop_sample(inputs, sample, view, root if with_root else None)
    return inputs, sample, view


@pytest.mark.parametrize('angle, flip', VIEWS)
def test_joints_parameters_and_pixels_still_agree(motion, angle, flip):
    inputs, sample, _ = cropped(motion, angle, flip)
    check_sample(sample)
    params = BodyParams(*(sample.get(name) for name in PARAMS))
    joints = motion.body.joints(params, 'smpl24')
    assert joints.shape[1] == 24
    assert (joints - sample.joints3d).abs().max() < 1e-5
    pixels = project(sample.joints3d, inputs['K'])
    assert (pixels - sample.keypoints2d).abs().max() < 1e-2
    assert torch.equal(inputs['keypoints2d'], sample.keypoints2d)
    relative = sample.joints3d - sample.joints3d[:, :1]
    assert (relative - sample.joints3d_rel).abs().max() < 1e-5


@pytest.mark.parametrize('angle, flip', VIEWS)
def test_keypoints_of_the_crop(motion, angle, flip):
    inputs, sample, view = cropped(motion, angle, flip)
    affine = torch.as_tensor(sample.crop_affine)
    crop = sample.keypoints2d @ affine[..., :2].mT + affine[:, None, :, 2]
    assert (2 * crop / 256 - 1 - sample.keypoints2d_crop).abs().max() < 1e-4
    # By the other way: through the picture as it was, then mirrored.
    before = motion[7]['data_samples'].keypoints2d
    warp = torch.as_tensor(view.warp()).float()
    there = before @ warp[..., :2].mT + warp[:, None, :, 2]
    if flip:
        there[..., 0] = 256 - there[..., 0]
        there = there[:, motion.joint_set.flip_indices]
    assert (there - crop).abs().max() < 2e-2


@pytest.mark.parametrize('angle, flip', VIEWS)
def test_cam_is_the_translation_seen_from_the_crop(motion, angle, flip):
    inputs, sample, _ = cropped(motion, angle, flip)
    back = weak_to_translation(sample.cam, inputs['box_centre'],
                               inputs['box_size'], inputs['K'])
    assert (back - sample.transl).abs().max() < 1e-4
    # What the weak camera shows is near the truth.
    posed = sample.joints3d - sample.transl[:, None]
    shown = sample.cam[:, None, :1] * (
        posed[..., :2] + sample.cam[:, None, 1:])
    size = sample.keypoints2d_crop.flatten(1).std(1)
    error = (shown - sample.keypoints2d_crop).norm(dim=-1).mean(1)
    assert (error < 0.2 * size).all()


def test_a_mirror_takes_masks_along(motion):
    _, sample, _ = cropped(motion, 0., True)
    right_knee = ~sample.keypoints2d_valid
    assert right_knee.nonzero().tolist() == [[0, 5]]
    assert torch.equal(sample.keypoints2d_valid, sample.keypoints2d_crop_valid)


def test_two_mirrors_are_none(motion):
    pose = motion[7]['data_samples'].body_pose
    once = mirrored_pose(pose)
    assert (once - pose).abs().max() > 0.1
    assert torch.equal(mirrored_pose(once), pose)
    with pytest.raises(ValueError, match='15'):
        mirrored_pose(pose[:, :14])


def test_without_the_body_a_turned_translation_is_not_known(motion):
    assert not cropped(motion, 0.3, False, False)[1].transl_valid.any()
    assert not cropped(motion, 0.3, False, False)[1].cam_valid.any()
    assert cropped(motion, 0., False, False)[1].transl_valid.all()


def test_a_mirrored_mesh_is_not_a_target(motion):
    item = motion[7]
    sample = item['data_samples']
    sample.set_target('vertices', torch.randn(3, 6890, 3))
    view = CropView(np.zeros((3, 2)), np.ones(3), 64, flip=True)
    crop_sample(item['inputs'], sample, view)
    assert not sample.vertices_valid.any()
