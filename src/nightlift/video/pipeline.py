"""Work done ahead in other threads, in order and bounded."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from nightlift.processor import in_order

Item = TypeVar("Item")
Result = TypeVar("Result")

_PATIENCE = 0.1
"""Seconds between two looks at whether anybody still wants the items."""


@contextmanager
def ahead(
    items: Iterable[Item], depth: int, end: Callable[[], object] | None = None
) -> Iterator[Iterator[Item]]:
    """Iterate in a thread of its own, a few items ahead; it ends with the block.

    What the thread raises is raised where the items are taken.

    Args:
        items: Iterated in the thread.
        depth: How many items may wait.
        end: Wakes the thread where it may wait for an item for ever; None: it never does.

    Yields:
        The items, in order.
    """
    handed: queue.Queue[Callable[[], Item] | None] = queue.Queue(depth)
    stop = threading.Event()

    def hand(item: Callable[[], Item] | None) -> None:
        while not stop.is_set():
            try:
                handed.put(item, timeout=_PATIENCE)
                break
            except queue.Full:
                continue

    def work() -> None:
        try:
            for item in items:
                hand(lambda item=item: item)  # type: ignore[misc]
                if stop.is_set():
                    return
            hand(None)
        except BaseException as error:
            problem = error
            hand(lambda: _raised(problem))

    def taken() -> Iterator[Item]:
        while (item := handed.get()) is not None:
            yield item()

    thread = threading.Thread(target=work, name="nightlift-reading", daemon=True)
    thread.start()
    try:
        yield taken()
    finally:
        stop.set()
        if end is not None:
            end()
        thread.join()


def awaited(work: Callable[[], Result], end: Callable[[], object]) -> Result:
    """What `work` gives, in a thread: an interrupt is heard meanwhile, and `end` then ends it."""
    with ThreadPoolExecutor(1, thread_name_prefix="nightlift-opening") as pool:
        result = pool.submit(work)
        try:
            return result.result()
        except BaseException:
            end()
            raise


def _raised(problem: BaseException) -> Item:  # type: ignore[type-var]
    raise problem


def mapped(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Generator[Result]:
    """`work` of each item, in order, by so many threads; at most `workers` + 1 are in hand."""
    with ThreadPoolExecutor(workers, thread_name_prefix="nightlift-frames") as pool:
        yield from in_order(work, items, pool, workers + 1)
