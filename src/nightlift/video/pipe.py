"""Standard input for FFmpeg, whose own reading of a pipe hears of nothing until bytes come."""

from __future__ import annotations

import contextlib
import os
import select
import sys
from typing import Self

STANDARD_INPUT = 0

ROOM = 1 << 20
"""Bytes that a pipe may hold, where the system grants them: fewer turns between two programs."""


class Pipe:
    """Standard input as a file; `stop` ends it from any thread (but on Windows)."""

    def __init__(self) -> None:
        self._woken, self._wake = os.pipe()
        with contextlib.suppress(ImportError, AttributeError, OSError):
            import fcntl

            fcntl.fcntl(STANDARD_INPUT, fcntl.F_SETPIPE_SZ, ROOM)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._woken)
        os.close(self._wake)

    def read(self, most: int) -> bytes:
        """The next bytes, as soon as there are any; none at the end, or when it is stopped."""
        if sys.platform != "win32":
            ready, _, _ = select.select([STANDARD_INPUT, self._woken], [], [])
            if self._woken in ready:
                return b""
        return os.read(STANDARD_INPUT, most)

    def stop(self) -> None:
        """End the input here."""
        os.write(self._wake, b"\0")
