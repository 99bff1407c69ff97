# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Items in advance: the same ones, in order, and no thread that stays."""
import threading
from contextlib import closing

import pytest

from mmarts.utils.ahead import ahead


class Source:
    """Counts up, and remembers who asked and how often."""

    def __init__(self, stop, error=None):
        self.stop, self.error = stop, error
        self.taken, self.threads = 0, set()
        self.moved = threading.Condition()

    def __iter__(self):
        return self

    def __next__(self):
        with self.moved:
            self.threads.add(threading.current_thread())
            if self.taken == self.stop:
                raise self.error or StopIteration
            self.taken += 1
            self.moved.notify_all()
            return self.taken - 1

    def waits_for(self, taken):
        """Whether so many were taken, within a time nobody needs."""
        with self.moved:
            return self.moved.wait_for(lambda: self.taken >= taken, 30)


@pytest.mark.parametrize('depth', [1, 2, 20])
@pytest.mark.parametrize('count', [0, 1, 7])
def test_all_items_in_their_order(count, depth):
    source = Source(count)
    assert list(ahead(source, depth)) == list(range(count))
    assert threading.current_thread() not in source.threads


def test_the_next_items_are_taken_meanwhile_and_no_more():
    source = Source(10)
    with closing(ahead(source, 3)) as items:
        assert next(items) == 0
        assert source.waits_for(4)
        assert source.taken == 4  # the one in hand, and three that wait
        assert next(items) == 1
        assert source.waits_for(5)


@pytest.mark.robustness
def test_an_error_comes_after_the_items_before_it():
    items = ahead(Source(3, OSError('torn')))
    assert [next(items) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(OSError, match='torn'):
        next(items)


@pytest.mark.robustness
def test_nothing_runs_on_after_it_is_closed():
    source = Source(10**9)
    with closing(ahead(source)) as items:
        next(items)
    taken = source.taken
    thread, = source.threads
    assert not thread.is_alive() and source.taken == taken <= 3
