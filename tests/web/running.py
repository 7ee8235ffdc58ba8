"""A real server in a thread of this process, on a free port."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from nightlift.web.app import create_app
from nightlift.web.connection import PatientConnection
from nightlift.web.limits import Limits
from nightlift.web.serving import configured, listen


@contextmanager
def running(
    limits: Limits | None = None,
    connection: type[PatientConnection] = PatientConnection,
    port: int = 0,
) -> Iterator[httpx.Client]:
    """A client of a server with these limits; its base_url tells where it is."""
    with listen("127.0.0.1", port) as listening:
        app = create_app(limits or Limits())
        server = uvicorn.Server(configured(app, connection=connection))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            port = listening.getsockname()[1]
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()
