# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Drawing on frames, and pictures of samples."""
import cv2
import numpy as np
import pytest
import torch

from mmarts.registry import VISUALIZERS
from mmarts.structures import MeshDataSample, get_joint_set
from mmarts.visualization.overlay import (LEFT, MIDDLE, RIGHT, blend,
                                          contact_sheet, draw_heat,
                                          draw_skeleton, shrink, side_view)

COCO19 = get_joint_set('coco19')


def test_blend_follows_the_alpha():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (20, 30, 3), np.uint8)
    alpha = rng.integers(0, 256, (8, 9, 1), np.uint8)
    colour = (rng.random((8, 9, 3)) * alpha).astype(np.uint8)
    before = image.copy()
    blend(image, np.concatenate([colour, alpha], -1), (5, 3))
    expected = before[3:11, 5:14] * (1 - alpha / 255.) + colour
    assert np.abs(image[3:11, 5:14] - expected).max() <= 1
    image[3:11, 5:14] = before[3:11, 5:14]
    np.testing.assert_array_equal(image, before)


def test_blend_half_and_nothing():
    image = np.full((4, 4, 3), 100, np.uint8)
    white = np.full((4, 4, 4), 255, np.uint8)
    blend(image, white, opacity=0.5)
    assert np.abs(image.astype(int) - 178).max() <= 2
    blend(image, np.zeros((0, 0, 4), np.uint8))


def test_skeleton_has_its_joints_and_sides():
    points = np.random.default_rng(1).uniform(20, 180, (19, 2))
    image = np.zeros((200, 200, 3), np.uint8)
    # Joints are drawn last to first: take each alone.
    for index, name in enumerate(COCO19.joints):
        image[:] = 0
        scores = np.zeros(19)
        scores[index] = 1
        draw_skeleton(image, points, scores)
        colour = {'L': LEFT, 'R': RIGHT}.get(name.split('_')[0], MIDDLE)
        rows, columns = np.nonzero((image == colour).all(-1))
        centre = np.array([columns.mean(), rows.mean()]) + 0.5
        np.testing.assert_allclose(centre, points[index], atol=1)


@pytest.mark.robustness
def test_skeleton_survives_points_that_are_nowhere():
    points = np.zeros((19, 2))
    points[0] = np.nan
    points[5] = 1e9, -1e9
    points[6] = np.inf, 3
    image = np.zeros((50, 50, 3), np.uint8)
    draw_skeleton(image, points)
    draw_skeleton(image, np.full((19, 2), np.nan))


def test_contact_sheet_places_frames_row_by_row():
    frames = [np.full((4, 6, 3), i + 1, np.uint8) for i in range(5)]
    sheet = contact_sheet(frames, 3)
    assert sheet.shape == (8, 18, 3)
    assert sheet[::4, ::6, 0].tolist() == [[1, 2, 3], [4, 5, 0]]
    assert contact_sheet(frames[:2], 5).shape == (4, 12, 3)


def test_shrink_only_shrinks():
    image = np.zeros((100, 50, 3), np.uint8)
    assert shrink(image, 40).shape == (40, 20, 3)
    assert shrink(image, 400).shape == (100, 50, 3)


def test_side_view_is_a_turn_about_the_vertical():
    points = np.random.default_rng(0).normal(size=(50, 3)) + [1, 2, 5]
    turned = side_view(points)
    distances = [
        np.linalg.norm(p[:, None] - p, axis=-1) for p in (points, turned)
    ]
    np.testing.assert_allclose(*distances, atol=1e-9)
    np.testing.assert_allclose(turned[:, 1], points[:, 1])
    # What was on the right of the picture is now in front.
    assert turned[points[:, 0].argmax(), 2] == turned[:, 2].min()


def test_visualizer_writes_panels_with_what_is_there(tmp_path):
    sample = MeshDataSample(
        metainfo=dict(
            frame_index=np.arange(10, 14),
            image_size=(200, 100),
            K=np.array([[200., 0, 100], [0, 200, 50], [0, 0, 1]]),
            joint_set='coco19'))
    sample.keypoints2d = torch.rand(4, 19, 2) * 90
    sample.keypoints2d_valid = torch.ones(4, 19, dtype=torch.bool)
    drawn = VISUALIZERS.build(
        dict(type='MeshVisualizer', name='panels', renderer='software'))
    one = drawn.add_datasample('a', sample, out_file=tmp_path / 'a' / '1.png')
    assert one.shape == (100, 200, 3)
    sample.pred_joints3d = torch.rand(1, 19, 3) + torch.tensor([0, 0, 4.])
    sample.pred_frame_index = torch.tensor([12])
    triangle = np.array([[-.5, -.2, 3], [.5, -.2, 3], [0, .2, 3.]])
    four = drawn.add_datasample(
        'a',
        sample,
        faces=np.array([[0, 1, 2]]),
        vertices=triangle,
        out_file=tmp_path / 'a' / '4.png')
    assert four.shape == (100, 800, 3)
    assert sorted(p.name
                  for p in (tmp_path / 'a').iterdir()) == ['1.png', '4.png']
    file = cv2.imread(str(tmp_path / 'a' / '4.png'))[..., ::-1]
    np.testing.assert_array_equal(file, four)
    # The triangle is in the middle of the third panel and edge-on in the
    # fourth.
    assert four[50, 500].min() > 60
    drawn.close()


def test_heat_is_red_where_it_is_highest():
    image = np.full((32, 32, 3), 128, np.uint8)
    heat = np.zeros((4, 4))
    heat[0, 3] = 5.
    drawn = draw_heat(image, heat).astype(int)
    assert drawn[2, 29, 0] > drawn[2, 29, 2] + 30
    assert drawn[29, 2, 2] > drawn[29, 2, 0] + 30
    assert (draw_heat(image, np.ones((2, 2))) == drawn[29, 2]).all()
