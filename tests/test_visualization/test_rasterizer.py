# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest

from mmarts.visualization.rasterizer import rasterize
from mmarts.visualization.software_renderer import SoftwareRenderer

CAMERA = np.array([[10., 0, 0], [0, 10, 0], [0, 0, 1]])


def test_a_triangle_covers_the_pixels_whose_centre_it_holds():
    # Corners at (0, 0), (8, 0), (0, 8) pixels: x + y <= 8 at the centres.
    corners = np.array([[0, 0, 1], [.8, 0, 1], [0, .8, 1]])
    seen = rasterize(corners, np.array([[0, 1, 2]]), CAMERA, (10, 9))
    mask = np.zeros(90, bool)
    mask[seen.index] = True
    rows, columns = np.mgrid[:9, :10] + 0.5
    assert (mask.reshape(9, 10) == (rows + columns <= 8)).all()


def test_weights_are_those_of_the_point_in_space():
    corners = np.array([[-1., -1, 2], [1, -1, 4], [0, 1, 6]])
    camera = np.array([[60., 0, 32], [0, 60, 32], [0, 0, 1]])
    seen = rasterize(corners, np.array([[0, 1, 2]]), camera, (64, 64))
    points = seen.interpolate(corners.astype(np.float32))
    pixels = points[:, :2] / points[:, 2:] * 60 + 32
    centres = np.stack([seen.index % 64, seen.index // 64], -1) + 0.5
    assert len(pixels) > 200 and np.abs(pixels - centres).max() < 1e-3
    assert np.allclose(points[:, 2], seen.depth, atol=1e-5)


def test_the_nearer_one_is_seen_even_where_they_cross():
    near_left = np.array([[-2., -2, 1], [2, -2, 3], [0, 4, 2]])
    near_right = near_left * (1, 1, 0) + (0, 0, 4) - near_left * (0, 0, 1)
    camera = np.array([[16., 0, 32], [0, 16, 32], [0, 0, 1]])
    seen = rasterize(
        np.concatenate([near_left, near_right]),
        np.array([[0, 1, 2], [3, 4, 5]]), camera, (64, 64))
    alone = [
        rasterize(mesh, np.array([[0, 1, 2]]), camera, (64, 64))
        for mesh in (near_left, near_right)
    ]
    depth = np.full((2, 64 * 64), np.inf)
    for row, one in zip(depth, alone):
        row[one.index] = one.depth
    assert set(seen.corners[:, 0]) == {0, 3}
    assert np.allclose(depth.min(0)[seen.index], seen.depth, atol=1e-4)


@pytest.mark.parametrize('front, count', [(0, 1), (1, 1), (-1, 0)])
def test_sides_can_be_left_out(front, count):
    clockwise = np.array([[0, 0, 1], [.8, 0, 1], [0, .8, 1]])
    seen = rasterize(clockwise, np.array([[0, 1, 2]]), CAMERA, (10, 9), front)
    assert bool(len(seen.index)) == count


def test_what_is_behind_or_out_of_sight_is_left_out():
    faces = np.array([[0, 1, 2]])
    corners = np.array([[0, 0, 1], [.8, 0, 1], [0, .8, 1]])
    for move in ((0, 0, -2), (5, 0, 0), (0, -5, 0)):
        assert not len(rasterize(corners + move, faces, CAMERA, (10, 9)).index)
    flat = corners * (1, 0, 1)
    assert not len(rasterize(flat, faces, CAMERA, (10, 9)).index)


def test_a_body_has_the_outline_that_the_renderer_draws(free_body):
    mesh = free_body.v_template.numpy() * (1, -1, -1) + (0, 0.2, 3)
    camera = np.array([[330., 0, 128], [0, 330, 128], [0, 0, 1]])
    faces = free_body.faces.numpy()
    drawn = SoftwareRenderer(faces, (256, 256)).render(mesh, camera)[..., 3]
    mask = np.zeros(256 * 256, bool)
    mask[rasterize(mesh, faces, camera, (256, 256)).index] = True
    wrong = mask.reshape(256, 256) != (drawn > 0)
    # The renderer also fills pixels that a triangle only touches.
    assert mask.sum() > 5000 and wrong.mean() < 0.12 * mask.mean()
