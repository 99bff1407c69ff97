# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Datasets in groups, of which every batch has fixed parts."""
from bisect import bisect_right
from itertools import accumulate
from typing import Any, Mapping

from torch.utils.data import Dataset

from mmarts.registry import DATASETS


@DATASETS.register_module()
class GroupedDataset(Dataset):
    """Groups of datasets, such as 3D video, 2D video and pictures.

    The datasets of a group lie one behind the other, so that each has the
    share of its size. :class:`GroupedSampler` draws from the groups.

    Args:
        groups: Name -> a config or a built dataset, or a list of them.
        sizes: Name -> samples that a batch of one process has of the group;
            batches have the groups in this order.

    Raises:
        ValueError: If there is not one positive size a group, or a dataset
            is empty.
    """

    def __init__(self, groups: Mapping[str, Any], sizes: Mapping[str,
                                                                 int]) -> None:
        if set(groups) != set(sizes) or not sizes or min(sizes.values()) < 1:
            raise ValueError(
                'GroupedDataset expects a positive size for each of its '
                f'groups, but got groups {list(groups)} and sizes '
                f'{dict(sizes)}.')
        self.sizes = tuple(sizes.values())
        self.groups = [_built(groups[name]) for name in sizes]
        self.ends = [list(accumulate(map(len, g))) for g in self.groups]
        if not all(len(d) for g in self.groups
                   for d in g) or not all(self.ends):
            raise ValueError(
                'GroupedDataset expects datasets with samples, but got '
                f'lengths {[list(map(len, g)) for g in self.groups]}.')

    @property
    def lengths(self) -> list[int]:
        """Samples of each group."""
        return [ends[-1] for ends in self.ends]

    def __len__(self) -> int:
        return sum(self.lengths)

    def __getitem__(self, index: tuple[int, int, int]) -> dict:
        """A sample.

        Args:
            index: Group, item in it, and the number of the draw: a dataset
                with a method ``drawn(item, number)`` varies the item by it.
        """
        group, item, number = index
        ends = self.ends[group]
        if not 0 <= item < ends[-1]:
            raise IndexError(f'{item} is not in 0 to {ends[-1] - 1}.')
        which = bisect_right(ends, item)
        dataset = self.groups[group][which]
        item -= ends[which - 1] if which else 0
        if hasattr(dataset, 'drawn'):
            return dataset.drawn(item, number)
        return dataset[item]


def _built(group: Any) -> list[Dataset]:
    members = group if isinstance(group, (list, tuple)) else [group]
    return [DATASETS.build(d) if isinstance(d, dict) else d for d in members]
