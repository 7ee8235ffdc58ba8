"""The exceptions of nightlift; every message says what was expected, what came and what to do.

NightliftError
├── PhotoError            a photo that cannot be used
│   ├── ReadError         … because it cannot be read
│   └── WriteError        … because it cannot be written
│       └── ExistsError   … because its name is taken
├── VideoError            a video that cannot be read, is refused, or cannot be written
├── AdjustmentError       an adjustment that is malformed or does not fit
├── ModelError            a released model that is missing, damaged or refused
├── DataError             training or evaluation data that is missing or inconsistent
├── TrainingError         a training that cannot go on
├── ClusterError          a cluster that cannot be reached or does not work
├── MissingExtraError     an optional dependency that is not installed
└── UsageError            an argument outside what is allowed (also a ValueError)
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path

_LONGEST = 200
"""Letters of what an unforeseen exception says that are told."""

_NO_FOLDER = "a file, or a link that leads nowhere, is where a folder has to be"
NO_ROOM = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota on this disk is used up",
    errno.EFBIG: "the file would be larger than the file system or a limit allows",
}
"""Where nothing more can be written: what the system means."""

_OF_THE_SYSTEM = {
    errno.ENAMETOOLONG: "the name, or that of the result, is longer than the file system takes",
    errno.EEXIST: _NO_FOLDER,
    errno.ENOTDIR: _NO_FOLDER,
    errno.ELOOP: "links lead to each other and nowhere else",
}
"""What the system says in words of its own."""


class NightliftError(Exception):
    """Anything nightlift itself has to say no to."""


class PhotoError(NightliftError):
    """A photo that cannot be used."""


class ReadError(PhotoError):
    """A photo that cannot be read."""


class WriteError(PhotoError):
    """A photo that cannot be written."""


class ExistsError(WriteError):
    """A file whose name is taken, and which was not to be replaced."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the file {path.name} exists already; replace it with overwrite=True, or give "
            "another name"
        )
        self.path = path


class VideoError(NightliftError):
    """A video that cannot be read, is refused, or cannot be written."""


class AdjustmentError(NightliftError):
    """An adjustment that is malformed, or does not fit what it is applied to."""


class ModelError(NightliftError):
    """A released model that is missing, damaged or refused."""


class DataError(NightliftError):
    """Training or evaluation data that is missing or inconsistent."""


class TrainingError(NightliftError):
    """A training that cannot go on."""


class ClusterError(NightliftError):
    """A cluster that cannot be reached or does not work."""


class MissingExtraError(NightliftError):
    """An optional dependency that is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs an optional part of nightlift: pip install 'nightlift[{extra}]'"
        )


class UsageError(NightliftError, ValueError):
    """An argument outside what is allowed."""


def type_of(error: Exception) -> str:
    """The name of an exception's type, with its module where that is not Python's own."""
    kind = type(error)
    module = kind.__module__
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"


def sentence(error: Exception) -> str:
    """What went wrong as one line for whoever gave the photo.

    What nobody foresaw is called a fault of nightlift, by its type.
    """
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    text = " ".join(str(error).split())
    if isinstance(error, NightliftError):
        return text
    if isinstance(error, OSError) and error.strerror:
        told = _OF_THE_SYSTEM.get(error.errno or 0, error.strerror)
        return f"{told}: {error.filename}" if told is _NO_FOLDER else told
    import logging

    told = f"{type_of(error)}: {text}" if text else type_of(error)
    logging.getLogger("nightlift").debug("%s", told, exc_info=error)
    return (
        f"this is a fault of nightlift ({told[:_LONGEST]}): please report it with the file and "
        "`nightlift --version`; NIGHTLIFT_DEBUG=1 shows where it happened"
    )


def did_you_mean(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """What a sentence adds about a name that is unknown.

    Args:
        name: As it was given.
        known: The names that there are.
        cutoff: How like the nearest one has to be, 0 to 1.

    Returns:
        `; did you mean …?` with the nearest name; empty where none is near.
    """
    import difflib  # 5 ms that only a mistake needs

    near = difflib.get_close_matches(name, known, n=1, cutoff=cutoff)
    return f"; did you mean {near[0]}?" if near else ""
