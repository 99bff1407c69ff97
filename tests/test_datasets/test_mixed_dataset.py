# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
from collections import Counter

import numpy as np
import pytest
from toy_annotations import toy_annotations

from mmarts.body_models import SMPL
from mmarts.datasets import MixedDataset


def test_all_have_the_same_share_and_shorter_ones_repeat():
    mixed = MixedDataset([['a', 'b', 'c', 'd', 'e'], ['x', 'y']])
    items = [mixed[i] for i in range(len(mixed))]
    assert items[:4] == ['a', 'x', 'b', 'y']
    assert Counter(i in 'xy' for i in items) == {True: 5, False: 5}
    assert set(items) == set('abcdexy')


def test_common_arguments_reach_every_config(tmp_path, toy_file):
    np.savez(tmp_path / 'a.npz', **toy_annotations(SMPL(toy_file), 20))
    config = dict(type='MeshDataset', ann_file=str(tmp_path / 'a.npz'))
    mixed = MixedDataset([config, dict(config, stride=5)], num_frames=10)
    assert [len(d) for d in mixed.datasets] == [11, 3]
    assert len(mixed[0]['data_samples'].frame_index) == 10


def test_an_end_is_an_end():
    mixed = MixedDataset([['a'], ['x']])
    assert list(mixed) == ['a', 'x']


@pytest.mark.robustness
@pytest.mark.parametrize('datasets', [[], [['a'], []]])
def test_nothing_to_mix_is_an_error(datasets):
    with pytest.raises(ValueError, match='expects datasets with samples'):
        MixedDataset(datasets)
