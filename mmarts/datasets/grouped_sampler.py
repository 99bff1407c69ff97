# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Batches that hold a fixed number of samples of each group."""
from typing import Iterator, Optional

from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from mmarts.registry import DATA_SAMPLERS
from .grouped_dataset import GroupedDataset
from .stream_sampler import Rounds


@DATA_SAMPLERS.register_module()
class GroupedSampler(Sampler):
    """Endless streams of several groups, woven into batches.

    Each group has an order of its own that starts again when it is through.
    What batch ``n`` of all processes holds depends on ``(seed, n)`` only:
    process ``r`` of ``W`` takes every ``W``-th sample of it. The
    ``batch_size`` of the loader must be the sum of the sizes.

    Args:
        dataset: Gives groups and sizes.
        epoch_by: Group whose samples make an epoch, seen once (the last
            batch is filled by the next round); None for no end, which
            training by iterations wants.
        shuffle: Whether to draw orders.
        seed: Decides the orders; the same for all processes.
    """

    def __init__(self,
                 dataset: GroupedDataset,
                 epoch_by: Optional[int] = None,
                 shuffle: bool = True,
                 seed: Optional[int] = None) -> None:
        self.rank, self.world_size = get_dist_info()
        self.sizes, self.lengths = dataset.sizes, dataset.lengths
        self.epoch_by, self.shuffle = epoch_by, shuffle
        self.seed = sync_random_seed() if seed is None else seed
        self.first_batch = 0

    @property
    def batches(self) -> int:
        """Batches of an epoch, or of a round of the longest group."""
        together = [size * self.world_size for size in self.sizes]
        rounds = [-(-n // k) for n, k in zip(self.lengths, together)]
        return max(rounds) if self.epoch_by is None else rounds[self.epoch_by]

    def start_at(self, position: int) -> None:
        """Let the next iterator begin there.

        Args:
            position: Samples that all processes together have passed: whole
                batches.
        """
        self.first_batch = position // (sum(self.sizes) * self.world_size)

    def set_epoch(self, epoch: int) -> None:
        """Let the next iterator begin with an epoch, counted from 0.

        Without an end there are no epochs, and MMEngine's hook, which calls
        this in any case, must not undo :meth:`start_at`.
        """
        if self.epoch_by is not None:
            self.first_batch = epoch * self.batches

    def __len__(self) -> int:
        """Samples of an epoch, of this process."""
        return self.batches * sum(self.sizes)

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        rounds = [
            Rounds(length, self.shuffle, self.seed + 1_000_003 * group)
            for group, length in enumerate(self.lengths)
        ]
        batch, end = self.first_batch, self.first_batch + self.batches
        while self.epoch_by is None or batch < end:
            for group, size in enumerate(self.sizes):
                for place in range(size):
                    position = (batch * size + place) * self.world_size
                    position += self.rank
                    yield group, rounds[group].at(position), position
            batch += 1
