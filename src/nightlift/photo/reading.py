"""Reading photos: the format is told by content, and every way of going wrong by a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path

from nightlift.errors import ReadError, UsageError
from nightlift.photo import exif as exif_blocks
from nightlift.photo import icc as profiles
from nightlift.photo import xmp as packets
from nightlift.photo.buffer_pool import BufferPool
from nightlift.photo.formats import recognize
from nightlift.photo.header import dimensions, failures, named
from nightlift.photo.metadata import DAMAGED_EXIF, DAMAGED_XMP
from nightlift.photo.photo import File, Format, Photo
from nightlift.processor import cores

__all__ = ["dimensions", "read"]

_TABLE_PROFILE = "the color profile is made of tables, which are applied at 8 bits"


def read(source: File, *, threads: int | None = 1, buffers: BufferPool | None = None) -> Photo:
    """Read a photo from a file name, from bytes or from an open binary file.

    JPEG, PNG, TIFF, WebP, AVIF and BMP, with extras also JPEG XL, HEIC and camera RAW, are
    recognized by their content.

    Args:
        source: What holds the file.
        threads: Processor threads that a large JPEG may take: several are sooner done, with more
            work in all. None: all that this process may use.
        buffers: Where a JPEG lies that one thread decodes, until the next one of that thread; None:
            in memory of its own.

    Returns:
        The photo; pixels stay in stored order and in the file's own RGB, and its `notices` say what
        could not be kept.

    Raises:
        ReadError: The file, which is named, is missing, no photo, damaged, cut off or larger than a
            billion pixels.
        MissingExtraError: JPEG XL, HEIC and RAW without their extras.
        UsageError: What came is no file.
    """
    with named(source):
        data = _bytes_of(source)
        photo = _decoder(recognize(data), cores() if threads is None else threads, buffers)(data)
        return checked(photo)


def _bytes_of(source: File) -> bytes:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    with failures():
        if isinstance(source, (str, PathLike)):
            return _checked_path(source).read_bytes()
        if not callable(getattr(source, "read", None)):
            raise UsageError(
                "expected a photo's file: its name, bytes, or a file open for reading with mode "
                f"'rb', got {type(source).__name__}"
            )
        try:
            data = source.read()
        except ValueError as error:  # closed, or open for writing
            raise ReadError(f"the file cannot be read: {error}") from error
    if not isinstance(data, bytes):
        raise UsageError("the file is open as text; open it with mode 'rb'")
    return data


def _checked_path(name: str | PathLike[str]) -> Path:
    text = fspath(name)
    if not text:
        raise UsageError("expected the name of a photo's file, got an empty one")
    if "\0" in text:
        raise ReadError("there is no such file")
    return Path(text)


def _decoder(format: Format, threads: int, buffers: BufferPool | None) -> Callable[[bytes], Photo]:
    """The decoder of a format, imported only when it is needed."""
    if format == "jpeg":
        from nightlift.photo import jpeg

        return lambda data: jpeg.decode(data, threads, buffers)
    if format == "png":
        from nightlift.photo.png import decode
    elif format == "tiff":
        from nightlift.photo.tiff import decode
    elif format == "jxl":
        from nightlift.photo.jxl import decode
    elif format == "heic":
        from nightlift.photo.heic import decode
    elif format == "raw":
        from nightlift.photo.raw import decode
    else:
        from nightlift.photo import pillow_formats

        return lambda data: pillow_formats.decode(data, format)
    return decode


def checked(photo: Photo) -> Photo:
    """A photo without damaged metadata, and with notices about it.

    Args:
        photo: As a decoder gave it.

    Returns:
        Without an EXIF block or XMP packet that is damaged; with a notice about a damaged profile.
    """
    notices = list(photo.notices)
    exif, xmp = photo.exif, photo.xmp
    if exif is not None and not exif_blocks.is_sound(exif):
        notices.append(DAMAGED_EXIF)
        exif = None
    if xmp is not None and not packets.is_sound(xmp):
        notices.append(DAMAGED_XMP)
        xmp = None
    if photo.icc is not None and photo.mode == "rgb":
        kind = profiles.parse(photo.icc).kind
        if kind in ("damaged", "other"):
            notices.append(profiles.DAMAGED_PROFILE)
        elif kind == "table" and photo.pixels.dtype != "uint8":
            notices.append(_TABLE_PROFILE)
    return replace(photo, exif=exif, xmp=xmp, notices=tuple(notices))
