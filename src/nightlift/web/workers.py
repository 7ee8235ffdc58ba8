"""A bounded queue before a few threads: who is not admitted is told at once to come back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from starlette.exceptions import HTTPException

Result = TypeVar("Result")

RETRY_SECONDS = "2"
"""When a refused client may come back, as in a Retry-After header."""


class Workers:
    """`threads` threads, at most `threads + waiting` requests admitted, `seconds` for each.

    Work gets an event that is set once nobody waits for it any more, to be looked at between
    steps. A thread cannot be stopped inside a step, so that work given up on may still hold its
    thread, never more.
    """

    def __init__(self, threads: int, waiting: int, seconds: float) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="nightlift")
        self._places = threads + waiting
        self._taken = 0
        self._seconds = seconds

    @property
    def admitted_now(self) -> int:
        """How many requests are admitted, from their first byte to their answer's last."""
        return self._taken

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Hold one of the places inside the block; HTTPException 429 where all are taken."""
        if self._taken >= self._places:
            raise HTTPException(
                429,
                f"the server is busy with {self._taken} photos; try again in a moment",
                {"Retry-After": RETRY_SECONDS},
            )
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    def start(self, work: Callable[[], object]) -> None:
        """Do something in a thread that nobody waits for."""
        self._pool.submit(work)

    async def run(self, work: Callable[[threading.Event], Result]) -> Result:
        """The result of `work` in a thread; HTTPException 503 where it takes too long."""
        gone = threading.Event()
        future = self._pool.submit(work, gone)
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise HTTPException(
                503,
                f"this took more than {self._seconds:g} seconds and was given up; "
                "try a smaller photo or another method",
                {"Retry-After": RETRY_SECONDS},
            ) from None
        finally:
            gone.set()
            future.cancel()

    def close(self) -> None:
        """Finish what runs, drop what waits."""
        self._pool.shutdown(wait=True, cancel_futures=True)
