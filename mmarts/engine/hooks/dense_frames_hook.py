# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Train on few frames of a window first, then on all of them."""
from typing import Optional

from mmengine.hooks import Hook

from mmarts.registry import HOOKS
from mmarts.utils.models import unwrap_model


@HOOKS.register_module()
class DenseFramesHook(Hook):
    """Set the model's ``frame_step`` to 1 between two iterations.

    Many cheap steps on every n-th frame first teach a network poses; dense
    ones then teach it how they move. A run of two stages has a hook for
    each.

    Args:
        begin: First iteration on every frame.
        end: First iteration on every n-th frame again; None for never.
    """

    def __init__(self, begin: int, end: Optional[int] = None) -> None:
        self.begin, self.end = begin, end

    def before_train(self, runner) -> None:
        """Remember the step of the config."""
        self.frame_step = unwrap_model(runner.model).frame_step

    def before_train_iter(self,
                          runner,
                          batch_idx: int,
                          data_batch=None) -> None:
        """Set the step; also right after a resume."""
        model = unwrap_model(runner.model)
        if runner.iter == self.end:
            model.frame_step = self.frame_step
        elif runner.iter >= self.begin and not (self.end
                                                and runner.iter > self.end):
            model.frame_step = 1
