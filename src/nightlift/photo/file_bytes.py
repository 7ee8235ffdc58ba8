"""Files that others may shorten while they are read: none is mapped, whose pages would vanish.

A process that touches a mapped page behind the end of its file is killed (SIGBUS).
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import BinaryIO

from nightlift.errors import ReadError

IN_MEMORY = 1 << 26
"""Bytes up to which a file's copy is kept in memory."""

SHORTER = "the file became shorter while it was read; wait until it is copied, then try again"


class FileBytes:
    """An open file's bytes, read where they are asked for; as long as the file was at first."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, os.SEEK_END)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, where: slice) -> bytes:
        """These bytes, with steps of 1; ReadError where the file has become shorter."""
        start, stop, _ = where.indices(self._size)
        self._file.seek(start)
        data = self._file.read(max(0, stop - start))
        if len(data) < stop - start:
            raise ReadError(SHORTER)
        return data


def snapshot(path: Path) -> bytes | mmap.mmap:
    """The bytes of a file as they are now, in memory or in a nameless file of our own.

    Args:
        path: The file's name.

    Returns:
        Its bytes, which stay as they are whatever becomes of the file.

    Raises:
        ReadError: the file cannot be read, or became shorter meanwhile.
        OSError: there is no room for the copy of a large file.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size <= IN_MEMORY:
            return file.read()
        import shutil  # which only large files need
        import tempfile

        with tempfile.TemporaryFile() as own:
            shutil.copyfileobj(file, own, 1 << 20)
            if own.tell() < size:
                raise ReadError(SHORTER)
            own.flush()
            return mmap.mmap(own.fileno(), 0, access=mmap.ACCESS_READ)
