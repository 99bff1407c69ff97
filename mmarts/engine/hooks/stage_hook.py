# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Two training stages in one run."""
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
    """

    def __init__(self, begin: int) -> None:
        self.begin = begin

    def before_train_iter(self,
                          runner,
                          batch_idx: int,
                          data_batch=None) -> None:
        """Set the stage; also right after a resume."""
        _set_stage(runner, 'full' if runner.iter >= self.begin else 'lifter')

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
