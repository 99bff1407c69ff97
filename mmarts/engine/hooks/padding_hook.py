# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Samples that only fill up the last batch of an epoch."""
import torch
from mmengine.dataset import DefaultSampler
from mmengine.hooks import Hook

from mmarts.registry import HOOKS


@HOOKS.register_module()
class PaddingHook(Hook):
    """Masks the targets of samples that several processes see twice.

    MMEngine's ``DefaultSampler`` repeats the first samples of an epoch until
    each process has as many as the others. Without targets they add to no
    loss, so that an epoch weighs every sample once on any number of
    processes.
    """

    priority = 'HIGH'

    def before_train_iter(self,
                          runner,
                          batch_idx: int,
                          data_batch=None) -> None:
        """Mask those of this batch."""
        loader = runner.train_dataloader
        if not isinstance(loader.sampler, DefaultSampler):
            return
        rank, processes = loader.sampler.rank, loader.sampler.world_size
        samples = data_batch['data_samples']
        first = batch_idx % len(loader) * loader.batch_size
        for i in range(len(samples)):
            if rank + processes * (first + i) >= len(loader.dataset):
                samples[i] = without_targets(samples[i])


def without_targets(sample):
    """A copy of a sample in which no target is valid."""
    copy = sample.clone()
    for key in sample.keys():
        if key.endswith('_valid'):
            copy.set_field(torch.zeros_like(sample.get(key)), key)
    return copy
