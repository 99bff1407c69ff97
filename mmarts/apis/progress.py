# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Clocks and progress bars of a long way with several stages."""
import time
from contextlib import contextmanager
from typing import Callable, Iterator, Optional

Stop = Callable[[], bool]
#: Called with how many parts of a stage are done since the last call.
Step = Callable[..., None]


def ignore(count: int = 1) -> None:
    """A :data:`Step` for whom nobody watches."""


class Clock:
    """Seconds spent on named things."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Count what is done within; others may be counted inside of it."""
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - start
            self._seconds[name] = self._seconds.get(name, 0) + spent

    def timed(self, name: str, items: Iterator) -> Iterator:
        """Count the time it takes to get the items."""
        end = object()
        while True:
            with self(name):
                item = next(items, end)
            if item is end:
                return
            yield item

    def rates(self, count: int) -> dict[str, float]:
        """``count`` frames over the seconds of each thing."""
        return {k: count / max(s, 1e-9) for k, s in self._seconds.items()}


class ProgressBars:
    """One bar for each stage, or nothing at all.

    Args:
        show: Whether to show them.
        should_stop: Once it is true the bar says that the way ends early.
    """

    def __init__(self, show: bool, should_stop: Stop) -> None:
        self._bars, self._should_stop = None, should_stop
        if show:
            from rich.progress import (BarColumn, MofNCompleteColumn, Progress,
                                       TextColumn, TimeRemainingColumn)
            self._bars = Progress(
                TextColumn('{task.description:<15}'), BarColumn(),
                MofNCompleteColumn(), TimeRemainingColumn())

    def start(self, name: str, total: Optional[int]) -> Step:
        """Begin a stage; call what comes back after each of its parts."""
        if self._bars is None:
            return ignore
        task = self._bars.add_task(self._title(name), total=total)
        return lambda count=1: self._bars.update(
            task, advance=count, description=self._title(name))

    def _title(self, name: str) -> str:
        if self._should_stop():
            return f'{name}, then stop (Ctrl-C again: at once)'
        return name

    def __enter__(self) -> 'ProgressBars':
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(self, *exception) -> None:
        if self._bars is not None:
            self._bars.stop()
