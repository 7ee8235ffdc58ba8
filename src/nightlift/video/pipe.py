"""Standard input and output for FFmpeg, whose own pipes hear of nothing while they wait."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import sys
from typing import Self

STANDARD_INPUT, STANDARD_OUTPUT = 0, 1

ROOM = 1 << 20
"""Bytes that a pipe may hold, where the system grants them: fewer turns between two programs."""


class InputPipe:
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


class OutputPipe:
    """Standard output as a file: a Ctrl-C ends a write that waits for who reads."""

    def __init__(self) -> None:
        self.interrupted = False

    def write(self, data: bytes) -> int:
        """Write all of it; OSError once there was a Ctrl-C, since FFmpeg passes on nothing else."""
        rest = memoryview(data)
        try:
            while rest and not self.interrupted:
                rest = rest[os.write(STANDARD_OUTPUT, rest) :]
        except KeyboardInterrupt:
            self.interrupted = True
        if self.interrupted:
            raise InterruptedError(errno.EINTR, os.strerror(errno.EINTR))
        return len(data)
