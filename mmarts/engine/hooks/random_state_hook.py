# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Random numbers that go on after an interruption as if there was none."""
import random
from typing import Optional

import numpy as np
import torch
from mmengine.dist import all_gather_object, get_rank
from mmengine.hooks import Hook

from mmarts.registry import HOOKS


@HOOKS.register_module()
class RandomStateHook(Hook):
    """Keeps the random state of every process in the checkpoint.

    Dropout asks torch, augmentation in the main process may ask NumPy or
    Python. On resume each process gets its own state back. Nothing beside
    the training steps may draw from it in the meantime: workers are seeded
    by a generator of their own, and validation leaves the state as found.

    Needs ``AtomicCheckpointHook``, which calls :meth:`before_checkpoint`.
    """

    priority = 'VERY_LOW'

    def __init__(self) -> None:
        self.outside: Optional[dict] = None
        self.saved: Optional[list[dict]] = None
        self.loaded: Optional[list[dict]] = None

    def before_train(self, runner) -> None:
        """A new iterator draws a number; not from the shared state."""
        runner.train_dataloader.generator = torch.Generator().manual_seed(
            runner.seed)

    def before_train_epoch(self, runner) -> None:
        """Put a loaded state back, once."""
        states, self.loaded = self.loaded, None
        if states is None:
            return
        rank = get_rank()
        if rank < len(states):
            set_random_state(states[rank])
        else:
            runner.logger.warning(
                f'The checkpoint has random states of {len(states)} '
                f'process(es); process {rank} starts from the seed.')

    def before_checkpoint(self, runner) -> None:
        """Gather the states."""
        self.saved = all_gather_object(self.outside or random_state())

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Write them, if this is a checkpoint to resume from."""
        if self.saved is not None:
            checkpoint['random_state'], self.saved = self.saved, None

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Remember them for the first step."""
        if runner._resume:
            self.loaded = checkpoint.get('random_state')

    def before_val(self, runner) -> None:
        """Remember the state."""
        self.outside = random_state()

    def after_val(self, runner) -> None:
        """Training goes on as if nothing had been measured."""
        set_random_state(self.outside)
        self.outside = None


def random_state() -> dict:
    """State of torch, NumPy, Python and this process' GPU, as plain data."""
    _, words, *rest = np.random.get_state()
    version, python_words, gauss = random.getstate()
    state = dict(
        torch=torch.get_rng_state(),
        numpy=[torch.as_tensor(words.astype(np.int64)), *rest],
        python=[version, torch.tensor(python_words), gauss])
    if torch.cuda.is_available():
        state['cuda'] = torch.cuda.get_rng_state()
    return state


def set_random_state(state: dict) -> None:
    """The reverse of :func:`random_state`."""
    # A checkpoint may have been loaded onto a GPU.
    torch.set_rng_state(state['torch'].cpu())
    words, *rest = state['numpy']
    np.random.set_state(
        ('MT19937', words.cpu().numpy().astype(np.uint32), *rest))
    version, python_words, gauss = state['python']
    random.setstate((version, tuple(python_words.tolist()), gauss))
    if 'cuda' in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state['cuda'].cpu())
