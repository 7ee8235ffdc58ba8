"""A folder for one file in hand, which goes even if its worker is killed."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_PREFIX, _LOCK = "nightlift-work-", ".lock"


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """An empty folder in `TMPDIR`; as long as it is used its lock is held."""
    with tempfile.NamedTemporaryFile(prefix=_PREFIX, suffix=_LOCK, delete=False) as lock:
        _locked(lock.file)
        place = Path(lock.name).with_suffix("")
        place.mkdir(mode=0o700)
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)
            Path(lock.name).unlink(missing_ok=True)


@contextlib.contextmanager
def swept() -> Iterator[None]:
    """Take away what workers of this machine have left that were killed in the block, or before."""
    try:
        yield
    finally:
        sweep()


def sweep() -> None:
    """Take away what killed workers of this machine have left: nobody holds its lock."""
    for lock in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*{_LOCK}"):
        with contextlib.suppress(OSError), lock.open("rb") as file:
            if _locked(file):
                shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
                lock.unlink()


def _locked(file: IO[bytes]) -> bool:
    """Whether nobody held the lock, which is held from now on until the file is closed."""
    if sys.platform == "win32":  # nothing is known there of who is alive
        return False
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
