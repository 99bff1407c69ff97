# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Several datasets as one."""
from typing import Sequence

from torch.utils.data import Dataset

from mmarts.registry import DATASETS


@DATASETS.register_module()
class MixedDataset(Dataset):
    """Takes turns between datasets, so that each has the same share.

    Item ``i`` is of dataset ``i % n``. A round is ``n`` times the longest;
    shorter ones repeat in it. A sampler that shuffles mixes them in a batch.

    Args:
        datasets: Configs or built datasets.
        **common: Arguments of all the configs, such as ``num_frames``.

    Raises:
        ValueError: If there is none, or one of them is empty.
    """

    def __init__(self, datasets: Sequence, **common) -> None:
        self.datasets = [
            DATASETS.build(dict(d, **common)) if isinstance(d, dict) else d
            for d in datasets
        ]
        lengths = [len(d) for d in self.datasets]
        if not lengths or not min(lengths):
            raise ValueError('MixedDataset expects datasets with samples, but '
                             f'got lengths {lengths}.')
        self.rounds = max(lengths)

    def __len__(self) -> int:
        return self.rounds * len(self.datasets)

    def __getitem__(self, index: int) -> dict:
        if not 0 <= index < len(self):
            raise IndexError(f'{index} is not in 0 to {len(self) - 1}.')
        turn, which = divmod(index, len(self.datasets))
        dataset = self.datasets[which]
        return dataset[turn % len(dataset)]
