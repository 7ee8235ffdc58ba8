"""uvicorn's HTTP/1.1 with an end to its patience."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol


class PatientConnection(H11Protocol):
    """A connection that is cut when the client neither finishes its request nor takes the answer.

    uvicorn waits without end for the first request, for the rest of its headers, and for a client
    that has stopped reading. `patience` is the time in seconds for each of these; in that time an
    answer's reader has to take `pace` bytes a second. `most` is the number of connections held at
    once. How long a body may take is the application's business.
    """

    patience: ClassVar[float] = 20.0
    pace: ClassVar[int] = 128 * 1024
    most: ClassVar[int] = 200

    _timer: asyncio.TimerHandle | None = None
    _left = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start waiting for a request; one connection too many is cut at once."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take data; between requests, wait for a whole head no longer than `patience`."""
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._wait()
        else:
            self._stop_waiting()

    def pause_writing(self) -> None:
        """The client does not take what it asked for."""
        super().pause_writing()
        self._left = self.transport.get_write_buffer_size()
        self._stop_waiting()
        self._wait(self._check_pace)

    def resume_writing(self) -> None:
        """The client takes it again."""
        self._stop_waiting()
        super().resume_writing()

    def _wait(self, then: Callable[[], None] | None = None) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.patience, then or self._cut)

    def _check_pace(self) -> None:
        """Cut the connection unless enough of the answer was taken since the last time."""
        self._timer = None
        before, self._left = self._left, self.transport.get_write_buffer_size()
        if before - self._left < self.pace * self.patience:
            self._cut()
        else:
            self._wait(self._check_pace)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _cut(self) -> None:
        self._timer = None
        if self.transport is not None:
            self.transport.abort()
