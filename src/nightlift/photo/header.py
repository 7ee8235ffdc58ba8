"""How large a photo is, from its header alone: nothing is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path

from nightlift.errors import ReadError
from nightlift.photo.file_bytes import FileBytes
from nightlift.photo.formats import check_size, recognize
from nightlift.photo.photo import Format

_PNG_CHANNELS = {0: 3, 2: 3, 3: 4, 4: 4, 6: 4}


@contextmanager
def named(source: object) -> Iterator[None]:
    """Begin a ReadError's sentence with the name of the file.

    Args:
        source: What is read; anything but a file's name leaves the sentence as it is.

    Raises:
        ReadError: The one that was raised in the block, named.
    """
    try:
        yield
    except ReadError as error:
        if not isinstance(source, (str, PathLike)):
            raise
        raise ReadError(f"{fspath(source)}: {error}") from error


@contextmanager
def failures() -> Iterator[None]:
    """Turn what goes wrong in reading a file into a ReadError's sentence.

    Raises:
        ReadError: The file cannot be read.
    """
    try:
        yield
    except FileNotFoundError:
        raise ReadError("there is no such file") from None
    except IsADirectoryError:
        raise ReadError("this is a folder; expected a photo") from None
    except PermissionError:
        raise ReadError("the file may not be read: permission denied") from None
    except OSError as error:
        raise ReadError(f"the file cannot be read: {error.strerror or error}") from error


def dimensions(source: str | Path | bytes) -> tuple[int, int, int]:
    """What a photo file will take in memory when it is read, by its header alone.

    Args:
        source: A file's name, or a file's bytes.

    Returns:
        Height and width in stored order, and bytes a pixel.

    Raises:
        ReadError: As by `read`, for what the header tells.
    """
    with named(source), failures(), _opened(source) as data:
        height, width, bytes_a_pixel = _measure(data, recognize(data))
        check_size(width, height)
    return height, width, bytes_a_pixel


@contextmanager
def _opened(source: str | Path | bytes) -> Iterator[bytes | FileBytes]:
    if isinstance(source, bytes):
        yield source
        return
    with Path(source).open("rb") as file:
        if file.seek(0, 2) == 0:
            raise ReadError("the file is empty; expected a photo")
        yield FileBytes(file)


def _measure(data: bytes | FileBytes, format: Format) -> tuple[int, int, int]:
    if format == "jpeg":
        return _measure_jpeg(data)
    if format == "png":
        from nightlift.photo import png_chunks

        chunks = png_chunks.header(data[:64])
        return (
            chunks.height,
            chunks.width,
            _PNG_CHANNELS.get(chunks.color_type, 4) * (2 if chunks.depth == 16 else 1),
        )
    if format == "tiff":
        from nightlift.photo.tiff import measure

        return measure(data)
    if format == "jxl":
        from nightlift.photo import jxl

        return jxl.measure(data[:])
    if format == "raw":
        return _measure_raw(data[:])
    return _measure_by_libraries(data[:], format)


def _measure_jpeg(data: bytes | FileBytes) -> tuple[int, int, int]:
    import simplejpeg

    try:
        # A megabyte holds every header but those with very large profiles or previews.
        head = data[: 1 << 20]
        height, width, *_ = simplejpeg.decode_jpeg_header(head, strict=False)
    except (ValueError, KeyError):
        return _measure_by_libraries(data[:], "jpeg")
    return height, width, 3


def _measure_raw(data: bytes) -> tuple[int, int, int]:
    from nightlift.photo.raw import measure

    return measure(data)


def _measure_by_libraries(data: bytes, format: Format) -> tuple[int, int, int]:
    """By Pillow or libheif, which read headers first; 10-bit HEIC takes two bytes a channel."""
    from nightlift.photo.pillow_images import open_image

    if format != "heic":
        image = open_image(data, format.upper())
        return image.height, image.width, 4 if image.has_transparency_data else 3
    from nightlift.photo import heic

    heif = heic.opened(data)
    channels = 4 if heif.has_alpha else 3
    return heif.size[1], heif.size[0], channels * (2 if heif.info["bit_depth"] > 8 else 1)
