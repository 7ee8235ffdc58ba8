"""When a photo was taken, as its EXIF block tells it."""

from __future__ import annotations

from datetime import datetime, timedelta

from nightlift.photo.exif import ExifBlock, is_sound

EXIF_DIRECTORY, TAKEN, FRACTION = 0x8769, 0x9003, 0x9291
"""Tags: where the photo's own directory begins, DateTimeOriginal, SubSecTimeOriginal."""


def moment(exif: bytes | None) -> datetime | None:
    """When a photo was taken, by the camera's clock.

    Args:
        exif: The EXIF block; None: there is none.

    Returns:
        Date and time without a zone; None where they are not told.
    """
    if exif is None or not is_sound(exif):
        return None
    try:
        block = ExifBlock(exif)
        directory = block.pointer(block.first, EXIF_DIRECTORY)
        if directory is None:
            return None
        told = datetime.strptime(_text(block, directory, TAKEN)[:19], "%Y:%m:%d %H:%M:%S")
        fraction = _text(block, directory, FRACTION).strip()
    except ValueError:
        return None
    return told + timedelta(seconds=float(f"0.{fraction}")) if fraction.isdecimal() else told


def _text(block: ExifBlock, directory: int, tag: int) -> str:
    entry = block.find(directory, tag)
    if entry is None:
        return ""
    data = bytes(block.data[entry.start : entry.start + entry.length])
    return data.split(b"\0")[0].decode("ascii", "replace")
