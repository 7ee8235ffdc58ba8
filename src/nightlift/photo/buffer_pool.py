"""Memory that pixels are decoded into, one photo after the other."""

from __future__ import annotations

import threading

import numpy as np

from nightlift.photo.photo import Pixels

MOST_KEPT = 1 << 27
"""Bytes up to which memory is kept for the next photo: 44 megapixels."""


class BufferPool:
    """A piece of memory for each thread: what it decodes there replaces what it decoded before."""

    def __init__(self) -> None:
        self._own = threading.local()

    def of(self, size: int) -> Pixels:
        """Memory for one picture: this thread's, unless it is too large to be kept.

        Args:
            size: Bytes that are needed.

        Returns:
            (n,) uint8, n ≥ `size`, with what was left in it.
        """
        kept: Pixels | None = getattr(self._own, "bytes", None)
        if kept is not None and kept.size >= size:
            return kept
        fresh = np.empty(size, np.uint8)
        if size <= MOST_KEPT:
            self._own.bytes = fresh
        return fresh
