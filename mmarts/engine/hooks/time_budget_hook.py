# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Training measured in seconds instead of steps."""
import math
import time

from mmengine.hooks import Hook

from mmarts.registry import HOOKS


@HOOKS.register_module()
class TimeBudgetHook(Hook):
    """Ends an iteration-based training after a time, and decays its rate.

    A baseline is fair when it had the same training *time*; how many steps
    that is depends on the machine. The learning rate follows a half cosine
    over the budget.

    Args:
        seconds: Budget of the training loop.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def before_train(self, runner) -> None:
        """Start the clock."""
        self.start = time.monotonic()
        self.base = [g['lr'] for g in runner.optim_wrapper.param_groups]

    def after_train_iter(self,
                         runner,
                         batch_idx: int,
                         data_batch=None,
                         outputs=None) -> None:
        """Decay the learning rate; stop when the time is over."""
        spent = (time.monotonic() - self.start) / self.seconds
        factor = 0.5 * (1 + math.cos(math.pi * min(spent, 1)))
        for group, base in zip(runner.optim_wrapper.param_groups, self.base):
            group['lr'] = base * factor
        if spent >= 1:
            runner.train_loop.stop_training = True
