# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Train a lifter on few frames of a window first, then on all of them."""
from mmengine.hooks import Hook

from mmarts.registry import HOOKS
from mmarts.utils.models import unwrap_model


@HOOKS.register_module()
class DenseFramesHook(Hook):
    """Set ``lifter_frame_step`` to 1 from iteration ``begin`` on.

    Many cheap steps on every n-th frame first teach a lifter poses; dense
    ones then teach it how they move.

    Args:
        begin: First iteration on every frame.
    """

    def __init__(self, begin: int) -> None:
        self.begin = begin

    def before_train_iter(self,
                          runner,
                          batch_idx: int,
                          data_batch=None) -> None:
        """Set the step; also right after a resume."""
        model = unwrap_model(runner.model)
        if runner.iter >= self.begin and model.lifter_frame_step != 1:
            runner.logger.info(f'iteration {runner.iter}: every frame')
            model.lifter_frame_step = 1
