# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import torch

from mmarts.datasets.motion.camera_sampler import CameraSampler
from mmarts.datasets.random_draws import Draws
from mmarts.geometry.camera import project

ROOT_HEIGHT = 0.9


def draw(count=400, reach=0., **kwargs):
    return CameraSampler(**kwargs)(Draws([(0, i) for i in range(count)]),
                                   torch.full((count, ), ROOT_HEIGHT),
                                   torch.full((count, ), reach))


def test_rotations_are_rotations():
    turns = draw().world_to_camera
    torch.testing.assert_close(turns @ turns.mT,
                               torch.eye(3).expand(400, 3, 3))
    torch.testing.assert_close(torch.linalg.det(turns), torch.ones(400))


def test_the_camera_hangs_at_the_drawn_height():
    cameras = draw(height=(0.5, 2.6), pitch=(-89., 89.))
    # From the camera to the root, in world axes (y up).
    root = (cameras.world_to_camera.mT @ cameras.root[..., None])[..., 0]
    height = ROOT_HEIGHT - root[:, 1]
    assert height.min() > 0.49 and height.max() < 2.61
    assert height.std() > 0.4


def test_the_picture_stays_upright():
    cameras = draw()
    up = cameras.world_to_camera @ torch.tensor([0., 1., 0.])
    assert (up[:, 1] < 0).all()
    roll = torch.rad2deg(torch.atan2(up[:, 0], -up[:, 1]))
    assert roll.abs().max() < 4.1


def test_tilt_keeps_to_its_limits():
    cameras = draw(pitch=(-3., 7.), roll=(0., 0.))
    up = cameras.world_to_camera @ torch.tensor([0., 1., 0.])
    tilt = torch.rad2deg(torch.atan2(-up[:, 2], -up[:, 1]))
    assert tilt.min() > -3.01 and tilt.max() < 7.01


@pytest.mark.parametrize('spread', [0.3, 0.7])
def test_the_root_lies_in_the_middle_part(spread):
    cameras = draw(spread=spread)
    place = project(cameras.root[:, None], cameras.K)[:, 0]
    away = (place / cameras.image_size - 0.5).abs()
    assert away.max() <= spread / 2 + 1e-4
    assert away.max() > 0.4 * spread


def test_the_person_is_as_large_as_asked():
    cameras = draw(person_over_image=(0.5, 0.6), min_distance=0.1)
    size = 1.7 * cameras.K[:, 1, 1] / cameras.root[:, 2]
    ratio = size / cameras.image_size[:, 1]
    assert ratio.min() > 0.499 and ratio.max() < 0.601


def test_nobody_walks_through_the_camera():
    cameras = draw(reach=4.)
    assert (cameras.root[:, 2] > 4 + 0.5).all()


def test_cut_off_people_are_larger_than_the_others():
    assert (draw(truncated=1.).root[:, 2].median()
            < 0.7 * draw(truncated=0.).root[:, 2].median())


@pytest.mark.parametrize('reach', [0., 3.])
def test_a_whole_path_stays_in_the_picture(reach):
    # Who stands in the middle of the path, at either end, or nearest.
    ends = torch.tensor([[0., 0, 0], [1, 0, 0], [-1, 0, 0], [0, 0, -1]])
    # A head, soles and hands about the root.
    body = torch.tensor([[0., -0.8, 0], [0, 0.9, 0], [0.5, 0, 0], [-0.5, 0,
                                                                   0]])
    points = (reach * ends[:, None] + body).flatten(0, 1)
    shares = []
    for keep_inside in (False, True):
        cameras = draw(reach=reach, roll=(0., 0.), keep_inside=keep_inside)
        pixels = project(cameras.root[:, None] + points, cameras.K)
        inside = (pixels >= 0) & (pixels < cameras.image_size[:, None])
        shares.append(inside.all(-1).all(-1).float().mean())
    assert shares[0] < 0.7 and shares[1] == 1


def test_some_are_cut_off_even_so():
    cameras = draw(truncated=1., keep_inside=True)
    torch.testing.assert_close(cameras.root, draw(truncated=1.).root)
