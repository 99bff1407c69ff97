# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Two training stages in one run."""
from typing import Optional

from mmengine.hooks import Hook

from mmarts.registry import HOOKS
from mmarts.utils.models import unwrap_model


@HOOKS.register_module()
class StageHook(Hook):
    """Train the lifter first, everything from iteration ``begin`` on.

    ARTS trains in two stages (4.2), two runs with a checkpoint between them
    (``arts-lifter_*`` and ``arts_*``). Small models take both in one run.

    Args:
        begin: First iteration of stage ``'full'``.
        dense_begin: From this iteration on the lifter is trained on every
            frame of a window, whatever the model's ``lifter_frame_step``:
            many cheap steps first teach it poses, then dense ones teach it
            how they move. None never does.
    """

    def __init__(self, begin: int, dense_begin: Optional[int] = None) -> None:
        self.begin, self.dense_begin = begin, dense_begin

    def before_train_iter(self,
                          runner,
                          batch_idx: int,
                          data_batch=None) -> None:
        """Set the stage; also right after a resume."""
        _set_stage(runner, 'full' if runner.iter >= self.begin else 'lifter')
        if self.dense_begin is not None and runner.iter >= self.dense_begin:
            unwrap_model(runner.model).lifter_frame_step = 1

    def before_val(self, runner) -> None:
        """Bodies are what is measured, whatever is being trained."""
        _set_stage(runner, 'full')

    def before_test(self, runner) -> None:
        """Bodies are what is measured."""
        _set_stage(runner, 'full')


def _set_stage(runner, stage: str) -> None:
    model = unwrap_model(runner.model)
    if model.stage != stage:
        runner.logger.info(f'iteration {runner.iter}: stage "{stage}"')
        model.set_stage(stage)
