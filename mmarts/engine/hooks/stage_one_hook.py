# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Runs that share their first stage."""
from mmengine.hooks import Hook

from mmarts.compat.safe_load import load_checkpoint
from mmarts.registry import HOOKS
from mmarts.utils.models import unwrap_model


@HOOKS.register_module()
class StageOneHook(Hook):
    """Enters a run at its second stage, as if it had trained the first.

    Where models differ only in what stage ``'lifter'`` does not train, that
    stage is the same for all. With the weights of one of them, the clock of
    the loop and the schedules set to ``begin``, the others end as they would
    have on their own: on a CPU to the last bit, so long as stage one draws
    no random numbers (dropout does). A resumed run is left alone.

    Args:
        checkpoint: Of a run of ``begin`` iterations of stage one.
        begin: First iteration of stage two.
        parts: Submodules that stage one trains.
    """

    def __init__(
        self,
        checkpoint: str,
        begin: int,
        parts: tuple[str, ...] = ('feature', 'lifter')) -> None:
        self.checkpoint, self.begin = checkpoint, begin
        self.parts = tuple(parts)

    def before_train(self, runner) -> None:
        """Load the parts and go to ``begin``.

        Raises:
            RuntimeError: If the weights do not fit.
        """
        if runner.iter >= self.begin:
            return
        state = load_checkpoint(self.checkpoint)['state_dict']
        for part in self.parts:
            getattr(unwrap_model(runner.model), part).load_state_dict({
                key.removeprefix(f'{part}.'):
                value
                for key, value in state.items() if key.startswith(f'{part}.')
            })
        for _ in range(self.begin - runner.iter):
            for scheduler in runner.param_schedulers:
                scheduler.step()
        runner.train_loop._iter = self.begin
