"""The originals of a run: files that no result may replace, whatever name it reaches them by."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from nightlift.errors import UsageError

_CASELESS = sys.platform in ("darwin", "win32")


class Originals:
    """A set of files, known by device and inode and by where their names lie.

    So a file is found through links, `..`, bind mounts, other letter case and hard links, and so
    is a name whose file was replaced in the meantime.

    Args:
        paths: The files.
    """

    def __init__(self, paths: Iterable[Path] = ()) -> None:
        self._by_inode: dict[tuple[int, int], Path] = {}
        self._by_name: dict[str, Path] = {}
        real = cache(_real)
        for path in paths:
            self._by_name.setdefault(canonical(path, real), path)
            for inode in _inodes(path):
                self._by_inode.setdefault(inode, path)

    def find(self, target: Path) -> Path | None:
        """The original that a name leads to.

        Args:
            target: Where something would be written.

        Returns:
            The original, by the name it was given by; None where it is none.
        """
        for inode in _inodes(target):
            if inode in self._by_inode:
                return self._by_inode[inode]
        return self._by_name.get(canonical(target))

    def check(self, targets: Iterable[Path]) -> None:
        """Check that nothing would be written onto an original.

        Args:
            targets: Where something would be written.

        Raises:
            UsageError: One of them is an original.
        """
        for target in targets:
            found = self.find(target)
            if found is not None:
                raise UsageError(refusal(target, found))


def refusal(target: Path, original: Path) -> str:
    """The sentence for a result that would replace an original."""
    same = "" if target == original else f" (by another name: {original})"
    return (
        f"{target}{same} is an input of this run and would be replaced; originals are never "
        "touched: leave it out of the inputs, or give the result another name or folder"
    )


def _real(folder: Path) -> str:
    return os.path.realpath(folder)


def canonical(path: Path, real: Callable[[Path], str] = _real) -> str:
    """Where a name lies: its folder without links and `..`, and the name itself as it is.

    Args:
        path: The name; nothing need be there.
        real: Resolves a folder.

    Returns:
        A name to compare by, in small letters where the system does not tell them apart.
    """
    place = real(path) if path.name in ("", "..") else f"{real(path.parent)}{os.sep}{path.name}"
    return place.casefold() if _CASELESS else place


def _inodes(path: Path) -> set[tuple[int, int]]:
    """Device and inode of a file and, where its name is a link, of the link."""
    found = set()
    for look in (os.stat, os.lstat):
        try:
            status = look(path)
        except (OSError, ValueError):
            continue
        if status.st_ino:
            found.add((status.st_dev, status.st_ino))
    return found


_lock = threading.Lock()
_kept: list[Originals] = []


@contextmanager
def keeping(originals: Originals) -> Iterator[None]:
    """Within the block no file that this process writes replaces one of the originals.

    `photo.atomic`, through which everything is written, asks `kept` at the moment of replacing.

    Args:
        originals: What must stay as it is.
    """
    with _lock:
        _kept.append(originals)
    try:
        yield
    finally:
        with _lock:
            _kept.remove(originals)


def kept(target: Path) -> Path | None:
    """The original of a run going on that writing `target` would replace; None where it is none."""
    with _lock:
        running = tuple(_kept)
    return next((found for each in running if (found := each.find(target)) is not None), None)
