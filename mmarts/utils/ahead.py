# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Make the next items while the present one is worked on."""
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Generator, Iterable, TypeVar

T = TypeVar('T')


def ahead(items: Iterable[T], depth: int = 2) -> Generator[T, None, None]:
    """Take items in a thread of their own, some of them in advance.

    Worth it where taking them leaves the interpreter alone, as decoding does.
    Close it (``contextlib.closing``) before what the items come from, unless
    it ran to its end: until then the thread may still be at the next one.

    Args:
        items: Never asked for two items at once. What it raises is raised
            here, in its turn.
        depth: Items that may wait.
    """
    source, end = iter(items), object()
    with ThreadPoolExecutor(1, 'ahead') as thread:
        waiting = deque(thread.submit(next, source, end) for _ in range(depth))
        try:
            while (item := waiting.popleft().result()) is not end:
                waiting.append(thread.submit(next, source, end))
                yield item
        finally:
            for future in waiting:
                future.cancel()
