# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Training by iterations that goes on at once after an interruption."""
from itertools import islice
from typing import Iterator

from mmengine.runner import IterBasedTrainLoop
from mmengine.runner.loops import _InfiniteDataloaderIterator

from mmarts.registry import LOOPS

# Samples that are made together. What making 32 of them costs is mostly fixed.
MADE_AT_ONCE = 128


@LOOPS.register_module()
class StreamTrainLoop(IterBasedTrainLoop):
    """MMEngine's loop, entered where a checkpoint left it.

    That one makes every batch of the steps already done and throws it away,
    which takes a good part of the time of training; here the sampler begins
    at the right sample. And without worker processes, a dataset that makes
    several samples together makes those of some batches at once.

    Args:
        runner, dataloader, max_iters, val_begin, val_interval,
        dynamic_intervals: As in MMEngine's ``IterBasedTrainLoop``.

    Raises:
        ValueError: If the sampler cannot begin anywhere.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        sampler = self.dataloader.sampler
        if not hasattr(sampler, 'start_at'):
            raise ValueError(
                'StreamTrainLoop expects a sampler with start_at(), such as '
                f'StreamSampler, but got {type(sampler).__name__}: set '
                'train_dataloader.sampler.type=StreamSampler.')

    def run(self):
        """Train; the model."""
        self.runner.call_hook('before_train')
        if self._iter > 0:
            sampler = self.dataloader.sampler
            sampler.start_at(self._iter * self.dataloader.batch_size *
                             sampler.world_size)
        self.dataloader_iterator = self._batches()
        self.runner.call_hook('before_train_epoch')
        while self._iter < self._max_iters and not self.stop_training:
            self.runner.model.train()
            self.run_iter(next(self.dataloader_iterator))
            self._decide_current_val_interval()
            if self._is_time_to_measure():
                self.runner.val_loop.run()
        self.runner.call_hook('after_train_epoch')
        self.runner.call_hook('after_train')
        return self.runner.model

    def _batches(self) -> Iterator:
        loader = self.dataloader
        if loader.num_workers or not hasattr(loader.dataset, '__getitems__'):
            return _InfiniteDataloaderIterator(loader)
        return self._batches_made_together()

    def _batches_made_together(self) -> Iterator:
        """The loader's batches, in its order."""
        loader = self.dataloader
        size, order = loader.batch_size, iter(loader.sampler)
        made = max(1, MADE_AT_ONCE // size) * size
        while True:
            items = loader.dataset.__getitems__(list(islice(order, made)))
            for start in range(0, made, size):
                yield loader.collate_fn(items[start:start + size])

    def _is_time_to_measure(self) -> bool:
        due = (
            self._iter % self.val_interval == 0
            or self._iter == self._max_iters)
        return (self.runner.val_loop is not None
                and self._iter >= self.val_begin and due)
