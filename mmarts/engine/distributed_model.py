# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The model of several processes, as if it were one."""
from typing import Union

import torch
from mmengine.dist import all_reduce
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from torch import Tensor

from mmarts.registry import MODEL_WRAPPERS


@MODEL_WRAPPERS.register_module()
class DistributedModel(MMDistributedDataParallel):
    """DDP whose logged losses are those of the whole batch.

    MMEngine's logs the first process' share of it.
    """

    def train_step(self, data: Union[dict, tuple, list],
                   optim_wrapper: OptimWrapper) -> dict[str, Tensor]:
        """One step; named losses, averaged over the processes."""
        losses = super().train_step(data, optim_wrapper)
        values = torch.stack([v.detach().float() for v in losses.values()])
        all_reduce(values, 'mean')
        return dict(zip(losses, values))
