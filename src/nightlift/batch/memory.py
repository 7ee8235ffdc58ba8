"""How much memory the photos in hand may take together."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager


def half_of_machine() -> int | None:
    """Half the machine's memory.

    Returns:
        Bytes; None where the system does not tell.
    """
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):
        return None


class Budget:
    """A number of bytes shared by all workers.

    A photo that needs more than the whole budget waits until it is alone.

    Args:
        bytes: How many; None: no bound.
    """

    def __init__(self, bytes: int | None = None) -> None:
        self.bytes = bytes
        self._taken = 0
        self._change = threading.Condition()

    @contextmanager
    def reserved(self, needed: int) -> Iterator[None]:
        """Hold memory inside the block, waiting until it is free.

        Args:
            needed: Bytes.
        """
        if self.bytes is None:
            yield
            return
        taken = min(needed, self.bytes)
        with self._change:
            self._change.wait_for(lambda: self._taken + taken <= (self.bytes or 0))
            self._taken += taken
        try:
            yield
        finally:
            with self._change:
                self._taken -= taken
                self._change.notify_all()
