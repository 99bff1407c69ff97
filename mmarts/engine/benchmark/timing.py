# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Seconds of a call, and how fast the machine is at that moment."""
import time
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Callable, ContextManager

import numpy as np
import torch

_MATRIX = 1024  # side of the matrices of the reference product


@dataclass(frozen=True)
class Spread:
    """Seconds of one call over repetitions.

    Args:
        median, low, q25, q75: Of the wall clock.
        cpu: Median of the process's CPU time, all threads. With one thread
            it is the wall clock of a machine that does nothing else.
        repeats: Timed repetitions.
    """

    median: float
    low: float
    q25: float
    q75: float
    cpu: float
    repeats: int


def spread_of(call: Callable,
              device: str = 'cpu',
              warm_up: int = 3,
              repeats: int = 20) -> Spread:
    """Time a call.

    Args:
        call: Without arguments.
        device: Where it computes; a GPU is waited for.
        warm_up: Calls before the clock runs: memory and caches fill.
        repeats: Timed calls.

    Raises:
        ValueError: If there is nothing to time.
    """
    if repeats < 1 or warm_up < 0:
        raise ValueError('Timing needs repeats >= 1 and warm-up >= 0, but got '
                         f'{repeats} and {warm_up}.')
    wait = _waiter(device)
    for _ in range(warm_up):
        call()
    wait()
    wall, cpu = [], []
    for _ in range(repeats):
        start, start_cpu = time.perf_counter(), time.process_time()
        call()
        wait()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - start_cpu)
    low, q25, median, q75 = np.percentile(wall, (0, 25, 50, 75)).tolist()
    return Spread(median, low, q25, q75, float(np.median(cpu)), repeats)


def matmul_gflops(device: str = 'cpu', repeats: int = 10) -> float:
    """Billions of operations a second of a float32 matrix product.

    The plain reference beside every time: machines differ, and a shared one
    differs from minute to minute. Uses the threads that torch uses.
    """
    factor = torch.ones(_MATRIX, _MATRIX, device=device)
    with torch.autocast(torch.device(device).type, enabled=False):
        spread = spread_of(lambda: factor @ factor, device, 2, repeats)
    return 2 * _MATRIX**3 / spread.median / 1e9


def precision(device: str, dtype: str) -> ContextManager:
    """Context in which a network computes: ``'float32'`` as it is, else
    autocast to ``'bfloat16'``, as in training with ``--amp``."""
    if dtype == 'float32':
        return nullcontext()
    return torch.autocast(torch.device(device).type, getattr(torch, dtype))


def _waiter(device: str) -> Callable:
    if torch.device(device).type == 'cuda':
        return torch.cuda.synchronize
    return lambda: None
