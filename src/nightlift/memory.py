"""How much memory the photos in hand may take together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Budget:
    """A number of bytes shared by all workers; None: no bound.

    A photo that needs more than the whole budget waits until it is alone.
    """

    def __init__(self, bytes: int | None = None) -> None:
        self._bytes = bytes
        self._taken = 0
        self._change = threading.Condition()

    @property
    def bounded(self) -> bool:
        """Whether there is a bound at all."""
        return self._bytes is not None

    @contextmanager
    def reserved(self, needed: int) -> Iterator[None]:
        """Hold `needed` bytes inside the block, waiting until they are free."""
        if self._bytes is None:
            yield
            return
        taken = min(needed, self._bytes)
        with self._change:
            self._change.wait_for(lambda: self._taken + taken <= (self._bytes or 0))
            self._taken += taken
        try:
            yield
        finally:
            with self._change:
                self._taken -= taken
                self._change.notify_all()
