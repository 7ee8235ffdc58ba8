"""What file systems raise, in sentences."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from nightlift.errors import NightliftError, type_of


@contextlib.contextmanager
def explained(what: str, kind: type[NightliftError], *but: type[Exception]) -> Iterator[None]:
    """Whatever a file system raises inside the block, of types its own, becomes a `kind`.

    Args:
        what: The beginning of the sentence, which names the address.
        kind: What is raised.
        but: What is left as it is.
    """
    left: tuple[type[Exception], ...] = (NightliftError, MemoryError, *but)
    try:
        yield
    except left:
        raise
    except Exception as error:
        told = error.strerror if isinstance(error, OSError) else None
        told = told or f"{type_of(error)}: {' '.join(str(error).split())}"
        raise kind(f"{what}: {told}") from error
