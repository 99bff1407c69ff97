# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Random numbers of a batch, each sample from a stream of its own."""
from math import prod
from typing import Sequence

import numpy as np
import torch
from torch import Tensor

# Numbers a stream gives at once for the many small requests.
BUFFER = 64


class Draws:
    """One random stream a sample, so that no sample depends on its batch.

    Args:
        keys: A tuple of non-negative ints for each of the ``B`` samples; the
            same key gives the same numbers in the same order of asking.
    """

    def __init__(self, keys: Sequence[tuple[int, ...]]) -> None:
        self.streams = [np.random.default_rng(key) for key in keys]
        self.buffer = torch.empty(len(keys), 0)

    def __len__(self) -> int:
        return len(self.streams)

    def uniform(self, *shape: int) -> Tensor:
        """``(B, *shape)`` float32, even in [0, 1)."""
        count = prod(shape)
        if count > BUFFER:
            return self._fill('random', shape)
        if count > self.buffer.shape[1]:
            self.buffer = self._fill('random', (BUFFER, ))
        taken, self.buffer = self.buffer.split(
            [count, self.buffer.shape[1] - count], 1)
        return taken.reshape(-1, *shape)

    def normal(self, *shape: int) -> Tensor:
        """``(B, *shape)`` float32 of N(0, 1)."""
        return self._fill('standard_normal', shape)

    def between(self, low: float, high: float, *shape: int) -> Tensor:
        """``(B, *shape)``, even in [low, high)."""
        return low + (high - low) * self.uniform(*shape)

    def chance(self, probability: float, *shape: int) -> Tensor:
        """``(B, *shape)`` bool, true with a probability."""
        return self.uniform(*shape) < probability

    def _fill(self, method: str, shape: tuple[int, ...]) -> Tensor:
        out = np.empty((len(self.streams), *shape), np.float32)
        for stream, row in zip(self.streams, out.reshape(len(out), -1)):
            getattr(stream, method)(out=row, dtype=np.float32)
        return torch.from_numpy(out)
