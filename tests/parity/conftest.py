# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What the parity kits are compared with, computed once."""
import importlib
from functools import lru_cache

import pytest
import torch
from parity.check import SMALL_KIT


@pytest.fixture(scope='session')
def computed():
    """``computed(method, part)``: our arrays of seed 0, float64."""

    @lru_cache
    def compute(method, part):
        adapter = importlib.import_module(f'parity.{method}_adapter')
        function = getattr(adapter, f'compute_{part}')
        return function(SMALL_KIT / method, 0, torch.float64)

    return compute
