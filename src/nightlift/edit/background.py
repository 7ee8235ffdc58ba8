"""Two things at once: one of them in a thread of its own while the caller goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Background(Generic[Found]):
    """What a function returns that began in a thread of its own.

    No pool is kept: a process that forks between two photos would inherit one without its threads.
    """

    def __init__(self, function: Callable[[], Found]) -> None:
        self._function = function
        self._found: list[Found] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="nightlift-beside", daemon=True)
        self._thread.start()

    def result(self) -> Found:
        """What it returned, once it has; what it raised is raised here."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._found[0]

    def _run(self) -> None:
        try:
            self._found.append(self._function())
        except BaseException as error:
            self._error = error
