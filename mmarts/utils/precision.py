# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Keeping geometry out of half precision."""
import torch
from torch import Tensor


def widened(tensor: Tensor) -> Tensor:
    """Half-precision tensors as float32; others as they are."""
    half = tensor.dtype in (torch.bfloat16, torch.float16)
    return tensor.float() if half else tensor


def no_autocast(tensor: Tensor) -> torch.autocast:
    """A context without automatic half precision on a tensor's device."""
    return torch.autocast(tensor.device.type, enabled=False)
