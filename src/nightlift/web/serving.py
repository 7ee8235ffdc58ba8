"""Running the application: a listening socket, and uvicorn with our bounds."""

from __future__ import annotations

import logging
import socket
import time

import uvicorn
from fastapi import FastAPI

from nightlift.errors import UsageError
from nightlift.web.app import create_app
from nightlift.web.connection import PatientConnection
from nightlift.web.limits import Limits

HEAD_BYTES = 16 * 1024
"""The longest head of a request, that is its address and headers."""

GOODBYE_SECONDS = 10
"""How long requests that are under way may take once the server is told to stop."""


SELDOM = 10.0
"""Seconds between two lines of an event loop that has no descriptor left and says so endlessly."""


class Seldom(logging.Filter):
    """Lets a record pass only some seconds after the one before."""

    def __init__(self, seconds: float = SELDOM) -> None:
        super().__init__()
        self._seconds, self._last = seconds, -seconds

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is time for a line."""
        now = time.monotonic()
        due = now - self._last >= self._seconds
        self._last = now if due else self._last
        return due


def listen(host: str, port: int) -> socket.socket:
    """A socket that accepts connections already.

    Args:
        host: A name or an address.
        port: 0 takes any free one.

    Returns:
        The socket.

    Raises:
        UsageError: The address cannot be taken.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"cannot listen on {host}, port {port}: {reason}; choose another --host or --port"
        ) from error


def configured(
    app: FastAPI,
    *,
    access_log: bool = False,
    connection: type[PatientConnection] = PatientConnection,
) -> uvicorn.Config:
    """How uvicorn runs `app`: with our bounds."""
    return uvicorn.Config(
        app,
        http=connection,
        ws="none",
        log_config=None,
        access_log=access_log,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=HEAD_BYTES,
        timeout_graceful_shutdown=GOODBYE_SECONDS,
    )


def serve(listening: socket.socket, limits: Limits, *, access_log: bool = False) -> None:
    """Answer until the process is told to stop (SIGINT or SIGTERM), then finish what runs.

    Args:
        listening: What `listen` gave.
        limits: What users may ask for.
        access_log: Whether each request is told.
    """
    logging.getLogger("asyncio").addFilter(Seldom())
    server = uvicorn.Server(configured(create_app(limits), access_log=access_log))
    server.run(sockets=[listening])
