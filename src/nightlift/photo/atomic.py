"""Files that appear whole or not at all, even when the process is killed while writing."""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from nightlift.errors import NO_ROOM, ExistsError, WriteError
from nightlift.photo.originals import kept, refusal

Pieces: TypeAlias = Sequence[bytes | memoryview]

_UNSUPPORTED = {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT, errno.ENOSYS}


def write_bytes(path: Path, data: bytes | Pieces, overwrite: bool = False) -> None:
    """Write a file in one step: readers see the old file or the whole new one, never a part.

    The data goes to a nameless file in the same folder (Linux) or else a temporary one, is flushed
    to the disk and only then gets its name.

    Args:
        path: The file's name.
        data: Its bytes, whole or in pieces.
        overwrite: Whether a file of that name is replaced; never one that is kept, see
            `photo.originals`.

    Raises:
        ExistsError: There is a file of that name, or another writer was first.
        WriteError: Nothing can be written there.
    """
    pieces = [data] if isinstance(data, bytes) else data
    with _explained(path):
        _check_target(path, overwrite)
        if not _write_nameless(path, pieces, overwrite):
            _write_named(path, pieces, overwrite)


@contextlib.contextmanager
def growing(path: Path, overwrite: bool = False) -> Iterator[Path]:
    """Where others may write a long file piece by piece; it gets its name when the block ends well.

    A block that raises leaves nothing.

    Args:
        path: The name that the file will have.
        overwrite: Whether a file of that name is replaced.

    Yields:
        A path in the same folder, or one of a nameless file there (Linux), to be opened for
        writing.

    Raises:
        WriteError: As by `write_bytes`.
    """
    with _explained(path):
        _check_target(path, overwrite)
        file, place, named = _place(path)
    try:
        yield place
        with _explained(path):
            os.fsync(file)
            if named:
                _rename(place, path, overwrite)
            elif not _link(file, path, overwrite):
                with (
                    place.open("rb") as filled,
                    mmap.mmap(filled.fileno(), 0, access=mmap.ACCESS_READ) as data,
                ):
                    _write_named(path, [memoryview(data)], overwrite)
    finally:
        os.close(file)
        if named:
            place.unlink(missing_ok=True)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Whatever the system says inside the block becomes a WriteError."""
    try:
        yield
    except FileExistsError:
        raise ExistsError(path) from None
    except OSError as error:
        raise WriteError(f"the file cannot be written: {_reason(path, error)}") from error


def _place(path: Path) -> tuple[int, Path, bool]:
    """An open file to be filled, the path to fill it by, and whether that is a name."""
    if hasattr(os, "O_TMPFILE"):
        try:
            file = os.open(path.parent, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o666)
            return file, Path(f"/proc/self/fd/{file}"), False
        except OSError as error:
            if error.errno not in _UNSUPPORTED or not path.parent.is_dir():
                raise
    spare = _spare(path)
    return os.open(spare, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666), spare, True


def _rename(place: Path, path: Path, overwrite: bool) -> None:
    if overwrite:
        _check_kept(path)
        place.replace(path)
    else:
        os.link(place, path)


def _check_target(path: Path, overwrite: bool) -> None:
    with contextlib.suppress(FileNotFoundError):
        mode = path.lstat().st_mode
        if path.is_dir():
            raise WriteError("this is a folder; expected the name of a file to write")
        if not overwrite:
            raise FileExistsError(path)
        if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            raise WriteError("this is a device or a pipe; expected the name of an ordinary file")
        _check_kept(path)


def _check_kept(path: Path) -> None:
    """Raise WriteError where an original would be replaced."""
    original = kept(path)
    if original is not None:
        raise WriteError(refusal(path, original))


def _reason(path: Path, error: OSError) -> str:
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    if error.errno in NO_ROOM:
        return NO_ROOM[error.errno]
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"the folder {path.parent} does not permit it"
    return error.strerror or str(error)


def _write_nameless(path: Path, pieces: Pieces, overwrite: bool) -> bool:
    """Through a file without a name, which vanishes with the process; False if unsupported."""
    if not hasattr(os, "O_TMPFILE"):
        return False
    try:
        file = os.open(path.parent, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno in _UNSUPPORTED and path.parent.is_dir():
            return False
        raise
    try:
        _fill(file, pieces)
        return _link(file, path, overwrite)
    finally:
        os.close(file)


def _link(file: int, path: Path, overwrite: bool) -> bool:
    """Give a nameless file its name; over an old file by way of a name that lives a moment."""
    target = _spare(path) if overwrite and os.path.lexists(path) else path
    source = f"/proc/self/fd/{file}"
    try:
        # With a folder's descriptor given, os.link uses linkat, which follows the /proc link.
        os.link(source, target, src_dir_fd=file, follow_symlinks=True)
    except FileExistsError:
        if not overwrite:
            raise
        return False
    except OSError as error:
        if error.errno in _UNSUPPORTED:
            return False
        raise
    if target != path:
        _replace(target, path)
    return True


def _write_named(path: Path, pieces: Pieces, overwrite: bool) -> None:
    """Through a temporary file beside the target, for systems without nameless files."""
    spare = _spare(path)
    file = os.open(spare, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        try:
            _fill(file, pieces)
        finally:
            os.close(file)
        if not overwrite:
            os.link(spare, path)
    except BaseException:
        spare.unlink(missing_ok=True)
        raise
    if overwrite:
        _replace(spare, path)
    else:
        spare.unlink()


def _fill(file: int, pieces: Pieces) -> None:
    for piece in pieces:
        view = memoryview(piece).cast("B")
        while len(view):
            view = view[os.write(file, view) :]
    os.fsync(file)


def _replace(spare: Path, path: Path) -> None:
    try:
        _check_kept(path)
        spare.replace(path)
    except BaseException:
        spare.unlink(missing_ok=True)
        raise


def _spare(path: Path) -> Path:
    """A temporary name beside `path`; none of its letters, which may be as many as there can be."""
    return path.with_name(f".nightlift-{os.urandom(8).hex()}.part")
