"""What the processor offers to this process."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

Item = TypeVar("Item")
Result = TypeVar("Result")


def cores() -> int:
    """How many cores this process may use, which in a container are fewer than the machine's.

    Returns:
        At least 1.
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(
    work: Callable[[Item], Result], items: Iterable[Item], pool: Executor, most: int
) -> Iterator[Result]:
    """Work done on each item by a pool, with a bounded number of items in hand.

    An exception of the work is raised in its item's turn. Closing the iterator, or an exception,
    drops what has not begun.

    Args:
        work: Called with one item, in the pool.
        items: Taken as they are needed.
        pool: Whose threads work; the caller shuts it down.
        most: Items that are begun and whose results are not yet taken, at least 1.

    Yields:
        What the work gives, in the order of the items.
    """
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for one in waiting:
            one.cancel()
