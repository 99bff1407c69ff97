# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Tasks of a conversion, in one process or several."""
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Any, Callable, Iterator


def run_tasks(function: Callable, tasks: list[tuple],
              jobs: int) -> Iterator[tuple[int, Any]]:
    """Call a function once a task; yield task number and result when ready.

    Args:
        function: Of a module, so that other processes find it.
        tasks: Its arguments.
        jobs: Processes; this one alone for 1.

    Raises:
        Exception: What a call raised; tasks that have not begun are dropped.
    """
    if jobs <= 1:
        yield from ((i, function(*task)) for i, task in enumerate(tasks))
        return
    # A fork of a process that has used torch's threads may hang.
    pool = ProcessPoolExecutor(jobs, get_context('spawn'))
    try:
        waiting = {pool.submit(function, *t): i for i, t in enumerate(tasks)}
        for future in as_completed(waiting):
            yield waiting[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)
