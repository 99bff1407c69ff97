# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
import torch

from mmarts.datasets.images import BoxAugment, tight_boxes

LOW, HIGH = np.array([[100., 50], [110, 60]]), np.array([[200., 350],
                                                         [210, 340]])


def views(number=400, **kwargs):
    augment = BoxAugment(**kwargs)
    return [
        augment(np.random.default_rng(seed), LOW.copy(), HIGH.copy(), 224)
        for seed in range(number)
    ]


def test_by_default_it_is_the_square_of_a_test():
    view, = views(1)
    assert np.allclose(view.centre, [[150, 200], [160, 200]])
    assert np.allclose(view.side, [360, 336])
    assert view.angle == 0 and not view.flip and view.size == 224


def test_all_frames_have_the_same_draw():
    for view in views(
            30,
            margin=(1, 1.6),
            each_side=True,
            half_body=dict(chance=0.5),
            tight=dict(chance=0.5)):
        # In units of the box the two frames have the same crop.
        middle, height = (LOW + HIGH) / 2, HIGH[:, 1] - LOW[:, 1]
        place = (view.centre - middle) / height[:, None]
        assert np.allclose(place[0, 1], place[1, 1])
        assert np.allclose(*(view.side / height))


def test_four_sides_of_their_own_move_the_middle():
    sides = np.stack([
        v.side / (300, 280)
        for v in views(400, margin=(1, 1.6), each_side=True)
    ])
    assert 1 <= sides.min() < 1.1 and 1.5 < sides.max() <= 1.6
    # Above and below differ by at most 0.6 of half the height.
    moves = np.stack([
        v.centre[0] - (150, 200)
        for v in views(400, margin=(1, 1.6), each_side=True)
    ])
    assert 60 < np.abs(moves[:, 1]).max() * 2 <= 90


def test_half_a_body_is_the_upper_half():
    for view in views(200, margin=(1, 1), half_body=dict(chance=1.0)):
        top = view.centre[0, 1] - view.side[0] / 2
        # The height that is left: 0.4 to 1 about the middle, then up.
        assert 300 * 0.58 <= view.side[0] <= 300 * 1.31
        assert view.centre[0, 1] < 200
        assert -94 <= top - 50 <= 37
    scales = [
        v.side[0] / 300
        for v in views(400, margin=(1, 1), half_body=dict(chance=0.2))
    ]
    assert 0.14 < np.mean(np.array(scales) != 1) < 0.26


def test_scale_and_rotation_are_clipped_normals():
    drawn = views(
        2000,
        margin=(1, 1),
        scale=(0.25, 0.75, 1.25),
        rotation=dict(chance=0.4))
    scale = np.array([v.side[0] / 300 for v in drawn])
    assert scale.min() == 0.75 and scale.max() == 1.25
    assert 0.27 < np.isin(scale, (0.75, 1.25)).mean() < 0.37  # 2 * 15.9 %
    angle = np.rad2deg([v.angle for v in drawn])
    assert 0.36 < (angle != 0).mean() < 0.44
    assert 27 < angle[angle != 0].std() < 32 and np.abs(angle).max() <= 60


def test_tight_crops_and_mirrors_come_as_often_as_asked():
    drawn = views(2000, margin=(1.3, 1.3), tight=dict(chance=0.2), flip=0.5)
    scale = np.array([v.side[0] / 300 for v in drawn])
    assert 0.17 < (~np.isclose(scale, 1.3)).mean() < 0.23
    assert scale.min() >= 0.7 and scale.max() <= 1.3 + 1e-9
    assert 0.46 < np.mean([v.flip for v in drawn]) < 0.54


def test_a_wrong_word_is_an_error():
    with pytest.raises(ValueError, match='chances'):
        BoxAugment(tight=dict(chances=1))


def boxes(points, known=None, **kwargs):
    points = torch.tensor(points)
    known = torch.ones(points.shape[:2]) if known is None else known
    return tight_boxes(points, known, (100, 80), **kwargs)


def test_boxes_hold_what_is_in_the_picture():
    points = [[[10., 20], [50, 60], [-500, 30]], [[20., 20], [40, 70],
                                                  [30, 30]]]
    low, high = boxes(points)
    assert np.allclose(low[1], [20, 20]) and np.allclose(high[1], [40, 70])
    # The third point is outside; a quarter of the whole is the least.
    assert np.allclose((low[0] + high[0]) / 2, [30, 40])
    assert np.allclose(high[0] - low[0], 550 / 4)
    low, high = boxes(points, whole_window=True)
    assert np.allclose(low[0], low[1]) and len(low) == 2


def test_nothing_in_sight_is_the_whole_person_and_nothing_known_the_picture():
    low, high = boxes([[[-30., -20], [-10, -10]]])
    assert np.allclose(low, [-30, -20]) and np.allclose(high, [-10, -10])
    low, high = boxes([[[10., 20], [50, 60]]], torch.zeros(1, 2))
    assert np.allclose(low, 0) and np.allclose(high, [100, 80])
