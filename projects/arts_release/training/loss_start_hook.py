# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A loss that joins in later."""
from mmengine.hooks import Hook

from mmarts.registry import HOOKS
from mmarts.utils.models import unwrap_model


@HOOKS.register_module()
class LossStartHook(Hook):
    """Hold a loss at weight 0 before epoch ``begin``, counted from 0.

    Args:
        loss: Name in the model's ``losses``.
        begin: First epoch with the weight of the config.
    """

    def __init__(self, loss: str, begin: int) -> None:
        self.loss, self.begin = loss, begin

    def before_train(self, runner) -> None:
        """Remember the full weight."""
        self.module = unwrap_model(runner.model).losses[self.loss]
        self.full_weight = self.module.loss_weight

    def before_train_epoch(self, runner) -> None:
        """Also right after a resume."""
        started = runner.epoch >= self.begin
        self.module.loss_weight = self.full_weight if started else 0.0
