# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""An endless order of samples that can be entered anywhere."""
from typing import Iterator, Optional, Sized

import torch
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from mmarts.registry import DATA_SAMPLERS


class Rounds:
    """Round after round over items, each in an order of its own.

    Args:
        size: Items of a round.
        shuffle: Whether to draw orders, or to go from first to last.
        seed: Decides the orders.
    """

    def __init__(self, size: int, shuffle: bool, seed: int) -> None:
        self.size, self.shuffle, self.seed = size, shuffle, seed
        self.current = None

    def at(self, position: int) -> int:
        """The item at a position of the stream."""
        number, place = divmod(position, self.size)
        if number != self.current:
            self.current, self.order = number, self._round(number)
        return int(self.order[place])

    def _round(self, number: int) -> torch.Tensor:
        if not self.shuffle:
            return torch.arange(self.size)
        generator = torch.Generator().manual_seed(self.seed + number)
        return torch.randperm(self.size, generator=generator)


@DATA_SAMPLERS.register_module()
class StreamSampler(Sampler):
    """Round after round over a dataset, each in an order of its own.

    What stands at position ``p`` of the stream depends on ``(seed, p)`` only,
    and process ``r`` of ``W`` takes the positions ``r``, ``r + W``, ... So a
    batch of all processes holds the samples of one process' batch of that
    size, and a run can go on at any position without walking there.

    The first round is that of MMEngine's ``InfiniteSampler``.

    Args:
        dataset: Its length counts.
        shuffle: Whether to draw orders, or to go from first to last.
        seed: Decides the orders; the same for all processes.

    Raises:
        ValueError: If the dataset is empty.
    """

    def __init__(self,
                 dataset: Sized,
                 shuffle: bool = True,
                 seed: Optional[int] = None) -> None:
        if not len(dataset):
            raise ValueError('StreamSampler expects a dataset with samples, '
                             'but this one is empty.')
        self.rank, self.world_size = get_dist_info()
        self.size, self.shuffle = len(dataset), shuffle
        self.seed = sync_random_seed() if seed is None else seed
        self.start = 0

    def start_at(self, position: int) -> None:
        """Let the next iterator begin there.

        Args:
            position: Samples that all processes together have passed.
        """
        self.start = position

    def __iter__(self) -> Iterator[int]:
        rounds = Rounds(self.size, self.shuffle, self.seed)
        position = self.start + self.rank
        while True:
            yield rounds.at(position)
            position += self.world_size

    def __len__(self) -> int:
        """Samples of a round, over all processes."""
        return self.size
