# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest

from mmarts.datasets.images import PixelAugment


def images(seed=0):
    return np.random.default_rng(seed).integers(
        0, 256, (3, 20, 30, 3), dtype=np.uint8)


def test_by_default_nothing_happens():
    before = images()
    assert PixelAugment()(np.random.default_rng(0), before) is before


@pytest.mark.parametrize('kwargs', [
    dict(gain=(0.6, 1.4)),
    dict(jitter=(0.3, 0.3, 0.3, 0.3)),
    dict(erase=1.0),
])
def test_equal_frames_stay_equal_and_the_input_is_kept(kwargs):
    before = images()
    before[1:] = before[0]
    kept = before.copy()
    after = PixelAugment(**kwargs)(np.random.default_rng(3), before)
    assert (before == kept).all() and (after != before).any()
    assert (after[1:] == after[0]).all() and after.dtype == np.uint8


def test_a_gain_is_of_a_channel():
    grey = np.full((1, 4, 4, 3), 100, np.uint8)
    after = PixelAugment(gain=(0.6, 1.4))(np.random.default_rng(0), grey)
    assert (after == after[0, 0, 0]).all() and len(set(after[0, 0, 0])) == 3
    assert 60 <= after.min() and after.max() <= 140


def test_hue_keeps_grey_and_turns_colours():
    augment = PixelAugment(jitter=(0, 0, 0, 0.5))
    grey = np.full((1, 2, 2, 3), 90, np.uint8)
    assert (augment(np.random.default_rng(1), grey) == grey).all()
    red = np.zeros((1, 2, 2, 3), np.uint8)
    red[..., 0] = 200
    turned = augment(np.random.default_rng(1), red)[0, 0, 0]
    assert turned.argmax() != 0 and abs(int(turned.max()) - 200) < 3


def test_a_strip_along_one_side_is_black():
    sides = set()
    for seed in range(40):
        after = PixelAugment(erase=1.0)(np.random.default_rng(seed),
                                        np.full((2, 20, 30, 3), 255, np.uint8))
        rows, columns = np.nonzero(after[0, ..., 0] == 0)
        if len(rows):
            part = len(rows) / 600
            assert part <= 0.71
            assert part == (np.ptp(rows) + 1) * (np.ptp(columns) + 1) / 600
            sides.add((rows.min() > 0, columns.min() > 0, rows.max()
                       < 19, columns.max() < 29))
    assert len(sides) == 4


def test_the_release_draws_each_frame():
    white = np.full((60, 20, 30, 3), 255, np.uint8)
    after = PixelAugment(
        erase=0.3, erase_each_frame=True)(np.random.default_rng(0), white)
    black = (after == 0).mean((1, 2, 3))
    assert 0.15 < (black > 0).mean() < 0.45
    assert len(set(black)) > 5


def test_four_amounts_are_needed():
    with pytest.raises(ValueError, match='hue'):
        PixelAugment(jitter=(0.3, 0.3))
