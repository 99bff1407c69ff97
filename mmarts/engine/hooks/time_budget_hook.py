# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Training measured in seconds instead of steps."""
import math
import time

from mmengine.dist import broadcast_object_list
from mmengine.hooks import Hook

from mmarts.registry import HOOKS


@HOOKS.register_module()
class TimeBudgetHook(Hook):
    """Ends an iteration-based training after a time, and decays its rate.

    A baseline is fair when it had the same training *time*; how many steps
    that is depends on the machine. The learning rate follows a half cosine
    over the budget. The first process' clock counts for all, and a resumed
    run has what its checkpoint left of the budget.

    Args:
        seconds: Budget of the training loop.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.seconds_before = 0.0
        self.base = None

    def before_train(self, runner) -> None:
        """Start the clock."""
        self.start = time.monotonic()
        self.base = self.base or [
            g['lr'] for g in runner.optim_wrapper.param_groups
        ]

    def after_train_iter(self,
                         runner,
                         batch_idx: int,
                         data_batch=None,
                         outputs=None) -> None:
        """Decay the learning rate; stop when the time is over."""
        clock = [self.train_seconds()]
        broadcast_object_list(clock)
        spent = clock[0] / self.seconds
        factor = 0.5 * (1 + math.cos(math.pi * min(spent, 1)))
        for group, base in zip(runner.optim_wrapper.param_groups, self.base):
            group['lr'] = base * factor
        if spent >= 1:
            runner.train_loop.stop_training = True

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Note the time spent, and the rates that are decayed."""
        checkpoint['time_budget'] = dict(
            seconds=self.train_seconds(), base=list(self.base))

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Go on with the rest of the budget."""
        if runner._resume and 'time_budget' in checkpoint:
            self.seconds_before = checkpoint['time_budget']['seconds']
            self.base = checkpoint['time_budget']['base']

    def train_seconds(self) -> float:
        """Seconds of the budget that are spent."""
        return self.seconds_before + time.monotonic() - self.start
