"""A few things at a time, in order, however many there are."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def each(work: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[R]:
    """Work done on each item by threads, in order; at most 2 x `workers` are begun ahead.

    Closing the iterator drops what has not begun. An exception of the work ends it.

    Args:
        work: Called with one item, in a thread.
        items: Taken as they are needed.
        workers: Threads, at least 1.

    Yields:
        What the work gives, in the order of the items.
    """
    waiting: deque[Future[R]] = deque()
    pool = ThreadPoolExecutor(max(1, workers), thread_name_prefix="nightlift-data")
    try:
        for item in items:
            if len(waiting) >= 2 * workers:
                yield waiting.popleft().result()
            waiting.append(pool.submit(work, item))
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
