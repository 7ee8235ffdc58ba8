"""Folders on any file system that fsspec knows: disks, S3 and its kin, and others."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nightlift.cluster.explained import explained
from nightlift.errors import (
    NO_ROOM,
    ExistsError,
    MissingExtraError,
    ReadError,
    UsageError,
    WriteError,
)
from nightlift.photo import growing, write_bytes

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oss", "memory"})
"""Where an object appears whole or not at all; elsewhere a file is written aside, then renamed."""

HELD = 100_000_000
"""Bytes of a file that may be in memory; a longer one goes piece by piece."""

PIECE = 1 << 20


@dataclass(frozen=True)
class Folder:
    """A folder: an open file system and a path on it; it pickles, and opens again elsewhere."""

    fs: AbstractFileSystem
    path: str

    @classmethod
    def at(cls, address: str) -> Folder:
        """The folder at a path or a URL such as `s3://bucket/photos/`.

        Args:
            address: As the user named it.

        Returns:
            The folder, which need not be there yet.

        Raises:
            UsageError: No file system goes by that name, or it is a cache of another one.
            MissingExtraError: The package for it is not installed.
        """
        try:
            from fsspec.core import url_to_fs
            from fsspec.implementations.cached import CachingFileSystem
        except ImportError:
            raise MissingExtraError("a cluster", "cluster") from None
        try:
            fs, path = url_to_fs(address, use_listings_cache=False)
        except ValueError as error:
            raise UsageError(f"expected a folder or a URL such as s3://…, got {address}") from error
        except ImportError as error:
            raise UsageError(f"{address} needs one more package: {error}") from None
        if isinstance(fs, CachingFileSystem):
            raise UsageError(
                f"{address} goes through a cache, of no use where each photo is read once: "
                f"give {address.partition('::')[2]}"
            )
        return cls(fs, path.rstrip("/") or path)

    @property
    def url(self) -> str:
        """Its whole address; a plain path on the local disk."""
        return self.path if self.is_local else str(self.fs.unstrip_protocol(self.path))

    @property
    def is_local(self) -> bool:
        """Whether it lies on a disk that every program sees."""
        return bool({"file", "local"} & self._protocols())

    def address(self, name: str) -> str:
        """The whole address of a file in it.

        Args:
            name: Its path below the folder.

        Returns:
            A path or a URL.
        """
        return f"{self.url}/{name}"

    def local(self, name: str) -> Path | None:
        """The path of a file on a local disk.

        Args:
            name: Its path below the folder.

        Returns:
            The path; None elsewhere.
        """
        return Path(self._full(name)) if self.is_local else None

    def holds(self, other: Folder) -> bool:
        """Whether another folder is this one, or lies in it.

        Args:
            other: On any file system.

        Returns:
            False where it cannot be.
        """
        if self._protocols() != other._protocols():
            return False
        own, theirs = self._canonical(), other._canonical()
        return theirs == own or theirs.startswith(f"{own.rstrip('/')}/")

    def exists(self, name: str) -> bool:
        """Whether there is a file of a name.

        Args:
            name: Its path below the folder.

        Returns:
            True where there is.

        Raises:
            ReadError: The file system does not tell.
        """
        with explained(f"{self.address(name)} cannot be looked for", ReadError):
            return bool(self.fs.exists(self._full(name)))

    def read(self, name: str) -> bytes:
        """The bytes of a file; FileNotFoundError where there is none.

        Args:
            name: Its path below the folder.

        Returns:
            All of them.

        Raises:
            ReadError: It cannot be read.
        """
        with explained(f"{self.address(name)} cannot be read", ReadError, FileNotFoundError):
            return bytes(self.fs.cat_file(self._full(name)))

    def fetch(self, name: str, into: Path) -> Path:
        """A local file with the bytes of one here.

        Args:
            name: Its path below the folder.
            into: A local folder for a copy.

        Returns:
            The file itself where it is local, or its copy.

        Raises:
            ReadError: It cannot be read.
            WriteError: There is no room for a copy.
        """
        own = self.local(name)
        if own is not None:
            return own
        copy = into / name.rpartition("/")[2]
        try:
            with explained(f"{self.address(name)} cannot be read", ReadError):
                self.fs.get_file(self._full(name), str(copy))
        except ReadError as error:
            if getattr(error.__cause__, "errno", None) in NO_ROOM:
                raise WriteError(
                    f"there is no room for {self.address(name)} in {into.parent}: give workers a "
                    "larger temporary folder (TMPDIR)"
                ) from error
            raise
        return copy

    def store(self, name: str, data: bytes, *, overwrite: bool = False) -> None:
        """Write a file, whole or not at all.

        Args:
            name: Its path below the folder.
            data: Its bytes.
            overwrite: Whether a file of that name is replaced.

        Raises:
            ExistsError: There is one.
            WriteError: It cannot be written.
        """
        own = self.local(name)
        with explained(f"{self.address(name)} cannot be written", WriteError):
            if own is not None:
                own.parent.mkdir(parents=True, exist_ok=True)
                write_bytes(own, data, overwrite)
            elif self._protocols() & OBJECT_STORES:
                with _creating(name):
                    mode = "overwrite" if overwrite else "create"
                    self.fs.pipe_file(self._full(name), data, mode=mode)
            else:
                with self._aside(name, overwrite) as aside:
                    self.fs.pipe_file(aside, data)

    def put(self, name: str, file: Path, *, overwrite: bool = False) -> None:
        """Write the bytes of a local file, whole or not at all; `HELD` are in memory at most.

        Args:
            name: Its path below the folder.
            file: The local file.
            overwrite: Whether a file of that name is replaced.

        Raises:
            ExistsError: There is one.
            WriteError: It cannot be written.
        """
        if file.stat().st_size <= HELD:
            self.store(name, file.read_bytes(), overwrite=overwrite)
            return
        own = self.local(name)
        with explained(f"{self.address(name)} cannot be written", WriteError):
            if own is not None:
                own.parent.mkdir(parents=True, exist_ok=True)
                with growing(own, overwrite) as place:
                    shutil.copyfile(file, place)
            elif self._protocols() & OBJECT_STORES:
                with _creating(name):
                    mode = "overwrite" if overwrite else "create"
                    self.fs.put_file(str(file), self._full(name), mode=mode)
            else:
                with self._aside(name, overwrite) as aside:
                    self.fs.put_file(str(file), aside)

    def has_another(self, name: str, file: Path) -> bool:
        """Whether there is another file of a name than a local one.

        Args:
            name: Its path below the folder.
            file: The local file.

        Returns:
            False where there is none, or one with the same bytes.

        Raises:
            ReadError: It cannot be read.
        """
        if not self.exists(name):
            return False
        with (
            explained(f"{self.address(name)} cannot be read", ReadError),
            self.fs.open(self._full(name), "rb") as theirs,
            file.open("rb") as own,
        ):
            while True:
                expected = own.read(PIECE)
                if theirs.read(PIECE) != expected:
                    return True
                if not expected:
                    return False

    def remove(self, name: str) -> None:
        """Delete a file, if there is one.

        Args:
            name: Its path below the folder.

        Raises:
            WriteError: It cannot be deleted.
        """
        with (
            contextlib.suppress(FileNotFoundError),
            explained(f"{self.address(name)} cannot be deleted", WriteError, FileNotFoundError),
        ):
            self.fs.rm_file(self._full(name))

    def names(self) -> list[str]:
        """The names of what lies directly in it.

        Returns:
            Sorted; none where there is no such folder.

        Raises:
            ReadError: It cannot be listed.
        """
        try:
            with explained(f"{self.url} cannot be listed", ReadError, FileNotFoundError):
                found = self.fs.ls(self.path, detail=False)
        except FileNotFoundError:
            return []
        return sorted(str(one).rstrip("/").rpartition("/")[2] for one in found)

    def below(self, name: str) -> Folder:
        """A folder in it.

        Args:
            name: Its path below the folder.

        Returns:
            The folder, which need not be there yet.
        """
        return Folder(self.fs, self._full(name))

    @contextlib.contextmanager
    def _aside(self, name: str, overwrite: bool) -> Iterator[str]:
        """A path to be filled, which becomes the file when the block ends well."""
        full = self._full(name)
        parent = full.rpartition("/")[0]
        self.fs.makedirs(parent, exist_ok=True)
        aside = f"{parent}/.nightlift-{secrets.token_hex(8)}.part"
        try:
            yield aside
            if not overwrite and self.fs.exists(full):
                raise ExistsError(Path(name))
            self.fs.mv(aside, full)
        except BaseException:
            with contextlib.suppress(Exception):
                self.fs.rm_file(aside)
            raise

    def _full(self, name: str) -> str:
        return f"{self.path.rstrip('/')}/{name}"

    def _canonical(self) -> str:
        return os.path.realpath(self.path) if self.is_local else self.path

    def _protocols(self) -> set[str]:
        told: Any = self.fs.protocol
        return {told} if isinstance(told, str) else set(told)


@contextlib.contextmanager
def _creating(name: str) -> Iterator[None]:
    """What a store says of a name that is taken becomes ExistsError."""
    try:
        yield
    except FileExistsError:
        raise ExistsError(Path(name)) from None
