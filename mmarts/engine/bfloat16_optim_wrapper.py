# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Mixed precision in bfloat16, on a CPU as on a GPU."""
from contextlib import contextmanager
from typing import Iterator

import torch
from mmengine.optim import OptimWrapper
from torch import nn

from mmarts.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """Runs the forward pass under ``torch.autocast`` in bfloat16.

    bfloat16 has float32's range, so no loss is scaled and, unlike MMEngine's
    ``AmpOptimWrapper``, no GPU is needed. Posing and placing bodies stays in
    float32 (``ParametricEstimator``): 8 bits would cost centimetres.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """The context in which the loss is computed."""
        device = next(model.parameters()).device.type
        with super().optim_context(model), torch.autocast(
                device, torch.bfloat16):
            yield
