# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Crops of PointHMR's release beside the exact ones."""
import numpy as np
import pytest
from toy_pictures import toy_pictures

from mmarts.datasets import PictureClips
from mmarts.datasets.images import CropView, ReleasedCropView

VIEWS = [(0., False), (0., True), (0.6, False), (-1.2, True)]
SIZE = 64


def views(angle, flip, centre=(150.3, 99.7), side=100.6):
    args = np.array([centre]), np.array([side]), SIZE, angle, flip
    return CropView(*args), ReleasedCropView(*args)


def smooth():
    """A picture whose grey levels rise to the right and fall downwards."""
    y, x = np.mgrid[:200, :300]
    return np.stack([0.8 * x, 250 - y, 0 * x], -1)


@pytest.mark.parametrize('angle, flip', VIEWS)
def test_it_shows_the_exact_crop_to_a_pixel_or_two(angle, flip):
    exact, released = (view.cut(smooth(), 0) for view in views(angle, flip))
    assert released.shape == exact.shape == (SIZE, SIZE, 3)
    assert 0 < np.abs(exact - released).max() < 2.5


@pytest.mark.parametrize('angle, flip', VIEWS)
def test_keypoints_are_whole_pixels_near_the_exact_ones(angle, flip):
    points = np.random.default_rng(0).uniform(100, 200, (1, 50, 2))
    exact, released = (
        SIZE / 2 * (view.keypoints(points) + 1) for view in views(angle, flip))
    np.testing.assert_allclose(released, released.round(), atol=1e-9)
    shift = released - exact
    if flip:
        shift = shift * (-1, 1)
    inside = (exact > 1).all(-1)
    assert (shift[inside] > -1e-9).all() and (shift[inside] <= 1).all()


def test_bytes_stay_bytes_and_floats_keep_their_fractions():
    view = views(0.6, False)[1]
    fine = view.cut(smooth(), 0)
    coarse = view.cut(smooth().astype(np.uint8), 0)
    assert coarse.dtype == np.uint8 and (fine % 1).any()
    assert np.abs(fine - coarse).max() < 2


@pytest.mark.parametrize('centre', [(-500., 50.), (0., 0.), (299., 100.)])
def test_nothing_of_the_picture_is_black(centre):
    crop = views(0.6, False, centre)[1].cut(smooth() + 1, 0)
    assert crop.shape == (SIZE, SIZE, 3) and (crop == 0).any()
    assert crop.any() == (centre[0] >= 0)


def test_the_dataset_cuts_by_it(tmp_path, free_body):
    toy_pictures(tmp_path, free_body, 4)
    kwargs = dict(num_frames=1, interval=1, joint_set='coco19', crop_size=64)
    path = str(tmp_path / 'train.mmarts')
    item = PictureClips(path, convention='release', **kwargs)[0]
    pixels = 32 * (item['data_samples'].keypoints2d_crop + 1)
    np.testing.assert_allclose(pixels, pixels.round(), atol=1e-4)
    assert item['inputs']['image'].shape == (1, 3, 64, 64)
    with pytest.raises(ValueError, match='one of .*exact.*release'):
        PictureClips(path, convention='other', **kwargs)
