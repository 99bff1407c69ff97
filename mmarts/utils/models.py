# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Models as hooks find them on a Runner."""
from mmengine.model import is_model_wrapper
from torch import nn


def unwrap_model(model: nn.Module) -> nn.Module:
    """The model itself, where a distributed wrapper stands around it."""
    return model.module if is_model_wrapper(model) else model
