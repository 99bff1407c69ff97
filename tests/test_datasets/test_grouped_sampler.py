# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
from itertools import islice

import pytest

from mmarts.datasets import GroupedDataset, GroupedSampler, grouped_sampler

SIZES = (4, 3, 7)
BATCH = sum(SIZES)


class Words:
    """Items say where they are from."""

    def __init__(self, name, length):
        self.name, self.length = name, length

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        assert 0 <= index < self.length
        return f'{self.name}{index}'


class Varied(Words):

    def drawn(self, item, number):
        return self[item], number


def make_data():
    groups = dict(
        first=[Words('a', 9), Words('b', 11)],
        second=Words('c', 5),
        third=[Words('d', 30)])
    return GroupedDataset(groups, dict(zip(groups, SIZES)))


def sampler(rank=0, processes=1, **kwargs):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouped_sampler, 'get_dist_info', lambda:
                      (rank, processes))
        return GroupedSampler(make_data(), seed=3, **kwargs)


def batches(count, rank=0, processes=1, start=0, **kwargs):
    drawn = sampler(rank, processes, **kwargs)
    drawn.start_at(start * BATCH * processes)
    indices = list(islice(drawn, count * BATCH))
    return [indices[i:i + BATCH] for i in range(0, len(indices), BATCH)]


def test_every_batch_has_its_parts():
    for batch in batches(9):
        assert [sum(g == i for g, *_ in batch) for i in range(3)] == [4, 3, 7]


def test_a_group_shows_all_items_before_it_starts_again():
    items = [item for b in batches(10) for g, item, _ in b if g == 0]
    for start in (0, 20):
        assert sorted(items[start:start + 20]) == list(range(20))
    assert items[:20] != items[20:40]


def test_no_draw_comes_twice():
    drawn = [(g, number) for b in batches(20) for g, _, number in b]
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize('processes', [2, 3])
def test_processes_share_the_batches_of_one(processes):
    parts = [batches(6, rank, processes) for rank in range(processes)]
    for group, size in enumerate(SIZES):
        whole = [i for b in batches(60) for i in b if i[0] == group]
        for step in range(6):
            ours = [i for part in parts for i in part[step] if i[0] == group]
            first = step * size * processes
            assert sorted(ours) == sorted(whole[first:first +
                                                size * processes])


@pytest.mark.parametrize('start', [0, 1, 7])
def test_it_goes_on_at_any_batch(start):
    assert batches(5, start=start) == batches(12)[start:start + 5]


def test_epochs_follow_a_group_and_each_other():
    epochs = sampler(epoch_by=0)
    assert len(epochs) == len(list(epochs)) == 5 * BATCH
    first = list(epochs)
    epochs.set_epoch(1)
    assert first + list(epochs) == sum(batches(10), [])


def test_a_hook_that_sets_epochs_does_not_undo_resuming():
    endless = sampler()
    endless.start_at(4 * BATCH)
    order = iter(endless)
    endless.set_epoch(0)
    assert list(islice(order, BATCH)) == batches(5)[4]


def test_the_second_dataset_of_a_group_follows_the_first():
    data = make_data()
    assert [data[0, i, 0] for i in (0, 8, 9, 19)] == ['a0', 'a8', 'b0', 'b10']
    varied = GroupedDataset(dict(a=Varied('a', 3)), dict(a=1))
    assert varied[0, 2, 77] == ('a2', 77)
    assert len(data) == 55


@pytest.mark.robustness
@pytest.mark.parametrize('groups, sizes', [
    (dict(a=Words('a', 3)), dict(a=1, b=2)),
    (dict(a=Words('a', 0)), dict(a=1)),
    (dict(a=Words('a', 3)), dict(a=0)),
    (dict(a=[]), dict(a=1)),
    ({}, {}),
])
def test_groups_and_sizes_must_fit(groups, sizes):
    with pytest.raises(ValueError, match='GroupedDataset expects'):
        GroupedDataset(groups, sizes)
