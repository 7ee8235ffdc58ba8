"""What is printed on a terminal: names of strangers move no cursor and set no title."""

from __future__ import annotations

import io
import re

_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\[[\d;]*m)"
"""What a terminal may take for a command: not tabs, line feeds, the return of a progress bar, and
colors, as Python's own help has them."""


class Terminal(io.TextIOWrapper):
    """Text for a terminal, a question mark in place of each control character.

    A file or a pipe gets names as they are.
    """

    def write(self, text: str) -> int:
        """Write; the number of characters."""
        return super().write(re.sub(_CONTROL, "?", text))


def guarded(stream: io.TextIOWrapper) -> io.TextIOWrapper:
    """The stream for a terminal, guarded; others as they are."""
    if not stream.isatty():
        return stream
    encoding, errors = stream.encoding, stream.errors
    stream.flush()
    return Terminal(stream.detach(), encoding, errors, line_buffering=True, write_through=True)
