# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
from itertools import islice

import pytest
from mmengine.dataset import InfiniteSampler

from mmarts.datasets import StreamSampler, stream_sampler

SIZE = 10


def stream(count, rank=0, processes=1, start=0, **kwargs):
    """The first samples of one of several processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream_sampler, 'get_dist_info', lambda:
                      (rank, processes))
        sampler = StreamSampler(range(SIZE), seed=3, **kwargs)
    sampler.start_at(start)
    return list(islice(sampler, count))


@pytest.mark.parametrize('shuffle', [True, False])
def test_each_round_shows_every_sample_once(shuffle):
    order = stream(5 * SIZE, shuffle=shuffle)
    rounds = [order[i:i + SIZE] for i in range(0, len(order), SIZE)]
    assert all(sorted(r) == list(range(SIZE)) for r in rounds)
    assert (len({tuple(r) for r in rounds}) == 5) == shuffle


@pytest.mark.parametrize('processes', [2, 3])
def test_processes_share_the_batches_of_one(processes):
    whole = stream(8 * processes)
    parts = [stream(8, rank, processes) for rank in range(processes)]
    for step in range(4):  # of two samples a process
        ours = [i for part in parts for i in part[2 * step:2 * step + 2]]
        size = 2 * processes
        assert sorted(ours) == sorted(whole[size * step:size * (step + 1)])


@pytest.mark.parametrize('start', [0, 4, 10, 33])
def test_it_goes_on_anywhere(start):
    assert stream(20, start=start) == stream(60)[start:start + 20]
    both = [stream(10, rank, 2, start) for rank in range(2)]
    merged = [i for pair in zip(*both) for i in pair]
    assert merged == stream(60)[start:start + 20]


def test_the_first_round_is_that_of_mmengine():
    assert stream(SIZE) == list(
        islice(InfiniteSampler(range(SIZE), seed=3), SIZE))


@pytest.mark.robustness
def test_an_empty_dataset_is_an_error():
    with pytest.raises(ValueError, match='empty'):
        StreamSampler([], seed=0)
