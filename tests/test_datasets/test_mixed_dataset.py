# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
from collections import Counter

import pytest

from mmarts.datasets import MixedDataset


def test_all_have_the_same_share_and_shorter_ones_repeat():
    mixed = MixedDataset([['a', 'b', 'c', 'd', 'e'], ['x', 'y']])
    items = [mixed[i] for i in range(len(mixed))]
    assert items[:4] == ['a', 'x', 'b', 'y']
    assert Counter(i in 'xy' for i in items) == {True: 5, False: 5}
    assert set(items) == set('abcdexy')


def test_an_end_is_an_end():
    mixed = MixedDataset([['a'], ['x']])
    assert list(mixed) == ['a', 'x']


@pytest.mark.robustness
@pytest.mark.parametrize('datasets', [[], [['a'], []]])
def test_nothing_to_mix_is_an_error(datasets):
    with pytest.raises(ValueError, match='expects datasets with samples'):
        MixedDataset(datasets)
