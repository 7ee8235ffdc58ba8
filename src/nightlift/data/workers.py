"""A few things at a time, in order, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from nightlift.processor import in_order

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
    count = max(1, workers)
    with ThreadPoolExecutor(count, thread_name_prefix="nightlift-data") as pool:
        yield from in_order(work, items, pool, 2 * count)
