# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Multiplications, parameters and memory of a forward pass."""
import multiprocessing
from pathlib import Path
from typing import Callable, Optional

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from mmarts.models.layers.onednn_layers import without_onednn
from mmarts.utils.custom_imports import import_custom
from .subject import build_subject


def count_flops(call: Callable) -> tuple[int, dict[str, int]]:
    """Floating point operations of matrix products and convolutions.

    A multiplication and its addition count as two, as torch counts them.
    MMEngine's ``get_model_complexity_info`` traces a model and cannot see
    one that takes and gives dicts; it would count one for the two.

    Returns:
        All operations, and those of each direct part of the model by name
        (``'lifter'``); what lies outside the parts is in the first number
        only.
    """
    # Fused attention of a CPU is no operation that the counter knows, nor
    # are oneDNN's.
    with torch.no_grad(), without_onednn(), sdpa_kernel(
            SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        call()
    parts = {}
    for path, counts in counter.get_flop_counts().items():
        names = path.split('.')
        if len(names) == 2 and sum(counts.values()):
            parts[names[1]] = sum(counts.values())
    return counter.get_total_flops(), parts


def count_parameters(model: torch.nn.Module) -> tuple[int, int]:
    """Numbers that are parameters, and those of them that are trained."""
    sizes = [(p.numel(), p.requires_grad) for p in model.parameters()]
    return sum(n for n, _ in sizes), sum(n for n, learns in sizes if learns)


def peak_memory(config: dict,
                custom_imports: Optional[dict],
                batch: int,
                threads: int = 1,
                **subject) -> dict[str, Optional[int]]:
    """Bytes that one forward pass adds at its peak, in a fresh process.

    Args:
        config: The config's ``model`` as plain data.
        custom_imports: Of the config.
        batch: Windows.
        threads: Of torch.
        subject: Arguments of :func:`build_subject`.

    Returns:
        ``peak``: on a CPU the growth of the resident memory, on a GPU what
        the tensors of the pass take; ``before``: the model and its inputs,
        on a CPU with Python and all libraries. None where the system does
        not tell (other than Linux).
    """
    # Started anew, so that nothing an earlier pass left is used again.
    context = multiprocessing.get_context('spawn')
    with context.Pool(1) as pool:
        return pool.apply(_measure_memory,
                          (config, custom_imports, batch, threads, subject))


def _measure_memory(config, custom_imports, batch, threads, subject) -> dict:
    torch.set_num_threads(threads)
    import_custom(custom_imports, 'The config')
    subject = build_subject(config, **subject)
    inputs = subject.inputs(batch)
    on_gpu = torch.device(subject.device).type == 'cuda'
    with torch.no_grad(), subject.precision():
        before = _start_gpu() if on_gpu else _start_cpu()
        subject(inputs)
    peak = torch.cuda.max_memory_allocated() if on_gpu else _status('VmHWM')
    known = before is not None and peak is not None
    return dict(before=before, peak=peak - before if known else None)


def _start_gpu() -> int:
    torch.cuda.reset_peak_memory_stats()
    return torch.cuda.memory_allocated()


def _start_cpu() -> Optional[int]:
    """Set the high-water mark to what is resident now."""
    try:
        Path('/proc/self/clear_refs').write_text('5')
    except OSError:
        return None
    return _status('VmRSS')


def _status(name: str) -> Optional[int]:
    try:
        lines = Path('/proc/self/status').read_text().splitlines()
    except OSError:
        return None
    found = [line.split() for line in lines if line.startswith(f'{name}:')]
    return int(found[0][1]) * 1024 if found else None
