# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import cv2
import numpy as np
import pytest
import torch
from toy_annotations import toy_annotations

from mmarts.annotations.annotation_writer import write_annotations
from mmarts.datasets import PictureClips
from mmarts.datasets.images import CropView, warp_crop
from mmarts.geometry.camera import project
from mmarts.structures import BodyParams, check_sample, get_joint_set

FREE = dict(type='FreeBody')
JOINTS = get_joint_set('smpl24')
PARAMS = ('global_orient', 'body_pose', 'betas', 'transl')


@pytest.fixture(scope='module')
def annotated(free_body, tmp_path_factory):
    """Eight pictures of 1000 x 1000: a dot at every joint."""
    folder = tmp_path_factory.mktemp('pictures')
    arrays = toy_annotations(free_body, 8, 'smpl24')
    names = []
    for frame, points in enumerate(arrays['keypoints2d']):
        image = np.full((1000, 1000, 3), 60, np.uint8)
        for joint, point in enumerate(points):
            # Red to the left of the body, blue to the right; BGR.
            left = JOINTS.joints[joint].startswith('left')
            colour = (0, 0, 255) if left else (255, 0, 0)
            cv2.circle(image, tuple(int(v) for v in point), 5, colour, -1)
        names.append(f'{frame}.png')
        cv2.imwrite(str(folder / names[-1]), image)
    arrays['image'] = np.array(names)
    write_annotations(folder / 'train.mmarts', arrays)
    return folder / 'train.mmarts'


def make(annotated, **kwargs):
    kwargs = dict(
        dict(num_frames=1, interval=1, joint_set='smpl24', crop_size=32),
        **kwargs)
    return PictureClips(str(annotated), **kwargs)


@pytest.mark.parametrize('augment', [
    dict(),
    dict(flip=1.0, margin=(0.9, 1.6)),
    dict(rotation=dict(chance=1.0), each_side=True, margin=(1, 2))
])
def test_pixels_joints_and_parameters_agree(annotated, free_body, augment):
    data = make(
        annotated,
        body_model=FREE,
        crop_size=224,
        augment=augment,
        num_frames=2,
        interval=3)
    item = data[1]
    inputs, sample = item['inputs'], item['data_samples']
    check_sample(sample)
    assert list(sample.frame_index) == [1, 4]
    joints = free_body.joints(
        BodyParams(*(sample.get(name) for name in PARAMS)), 'smpl24')
    assert (joints - sample.joints3d).abs().max() < 1e-4
    pixels = project(sample.joints3d, inputs['K'])
    assert (pixels - sample.keypoints2d).abs().max() < 5e-2
    # A dot of the joint's colour lies where the crop has the joint; what is
    # the left side in a mirror was the right one.
    mirrored = bool(augment.get('flip'))
    names = JOINTS.joints
    for image, points in zip(inputs['image'], sample.keypoints2d_crop):
        for joint in (*JOINTS.index('left_knee', 'right_knee', 'left_wrist',
                                    'right_ankle'), ):
            x, y = ((points[joint] + 1) * 112).long().tolist()
            if 0 <= x < 224 and 0 <= y < 224:
                red, _, blue = image[:, y, x].int().tolist()
                left = names[joint].startswith('left')
                assert (red > blue) == (left != mirrored)


def test_repeats_are_augmented_anew_and_all_else_is_fixed(annotated):
    data = make(annotated, repeat=3, augment=dict(margin=(1, 2)))
    assert len(data) == 24
    first, again, other = data[2], data[2], data[10]
    assert torch.equal(first['inputs']['image'], again['inputs']['image'])
    assert not torch.equal(first['inputs']['box_size'],
                           other['inputs']['box_size'])
    assert list(first['data_samples'].frame_index) == list(
        other['data_samples'].frame_index)


def test_vertices_are_those_of_the_mirrored_body(annotated):
    data = make(
        annotated, body_model=FREE, vertices=True, augment=dict(flip=1.0))
    sample = data[0]['data_samples']
    check_sample(sample)
    assert sample.vertices_valid.all()
    centre = sample.vertices.mean(1) - sample.joints3d.mean(1)
    assert centre.norm() < 0.3


def test_a_large_picture_is_shrunk_without_aliases():
    stripes = np.zeros((800, 800, 1), np.uint8)
    stripes[:, ::2] = 200
    view = CropView(np.array([[400., 400]]), np.array([800.]), 100)
    crop = warp_crop(stripes, view, view.warp()[0])
    assert crop.shape[:2] == (100, 100)
    assert np.abs(crop.astype(float) - 100).max() < 30


def test_a_mesh_needs_its_body(annotated, toy_file):
    with pytest.raises(ValueError, match='body_model'):
        make(annotated, vertices=True)
    other = make(annotated, body_model=dict(type='SMPL', model_path=toy_file))
    with pytest.raises(ValueError, match='free_body'):
        other[0]
