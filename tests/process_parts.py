# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What the configs of process tests import: holes in targets, and kills."""
import os
import signal

import torch
from mmengine.fileio import LocalBackend
from mmengine.hooks import Hook

from mmarts.datasets import FreeMotion
from mmarts.registry import DATASETS, HOOKS


@DATASETS.register_module()
class HoleyFreeMotion(FreeMotion):
    """Few targets in samples with an even index, most in the others.

    In batches of two processes, one then has far more targets.

    Args:
        count: Samples; those of ``FreeMotion`` when None.
    """

    def __init__(self, *args, count=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.count = count

    def __len__(self):
        return self.count or super().__len__()

    def __getitems__(self, indices):
        items = super().__getitems__(indices)
        for index, item in zip(indices, items):
            generator = torch.Generator().manual_seed(int(index))
            sample, share = item['data_samples'], 0.9 if index % 2 else 0.2
            for key in sample.keys():
                if key.endswith('_valid'):
                    mask = torch.rand(
                        sample.get(key).shape, generator=generator) < share
                    sample.set_field(mask, key)
        return items


@HOOKS.register_module()
class KillHook(Hook):
    """SIGKILLs its own process, once.

    Args:
        moment: ``'step'``: before iteration ``at``. Of the checkpoint after
            iteration ``at``: ``'writing'``, with half of its bytes on disk;
            ``'written'``, complete but not yet ``last_checkpoint``;
            ``'pointing'``, with half of ``last_checkpoint`` on disk.
        at: Iterations done.
        rank: Which process.
    """

    def __init__(self, moment: str, at: int, rank: int = 0) -> None:
        self.moment, self.at, self.rank = moment, at, rank

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        if self._due(runner, runner.iter) and self.moment == 'step':
            kill()

    def before_checkpoint(self, runner) -> None:
        if self.moment == 'step' or not self._due(runner, runner.iter + 1):
            return
        put, moment = LocalBackend.put, self.moment

        def interrupted(backend, obj, filepath):
            pointing = 'last_checkpoint' in str(filepath)
            if moment == ('pointing' if pointing else 'writing'):
                put(backend, obj[:len(obj) // 2], filepath)
                kill()
            if moment == 'written' and pointing:
                kill()
            put(backend, obj, filepath)

        LocalBackend.put = interrupted

    def _due(self, runner, iterations: int) -> bool:
        return runner.rank == self.rank and iterations == self.at


def kill() -> None:
    """End this process as the kernel would."""
    os.kill(os.getpid(), signal.SIGKILL)
