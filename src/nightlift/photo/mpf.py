"""Several pictures in one JPEG file, after CIPA DC-007 (multi-picture format, section 5.2)."""

from __future__ import annotations

import struct

from nightlift.photo import jpeg_segments
from nightlift.photo.exif import ExifBlock

NAME = b"MPF\0"
_APP2 = 0xE2
_VERSION, _COUNT, _ENTRIES = 0xB000, 0xB001, 0xB002
_ENTRY = 16
"""Bytes that tell of one picture."""

_MOST = 64
_PRIMARY = 0x030000
_LENGTH = 50 + 2 * _ENTRY
"""Of the block that tells of two pictures."""


def pictures(data: bytes) -> list[bytes]:
    """The files of all pictures but the first one; none where the index is damaged."""
    for marker, start, stop in jpeg_segments.walk(data):
        if marker == _APP2 and data[start:stop].startswith(NAME):
            try:
                return _pictures(data, start + len(NAME), stop)
            except (ValueError, struct.error):
                return []
    return []


def _pictures(data: bytes, base: int, stop: int) -> list[bytes]:
    block = ExifBlock(data[base:stop])
    entry = block.find(block.first, _ENTRIES)
    if entry is None:
        return []
    found = []
    for at in range(entry.start, entry.start + min(entry.length, _MOST * _ENTRY) - 15, _ENTRY):
        _, size, offset = struct.unpack_from(block.order + "III", block.data, at)
        if offset:  # counted from the block; the first picture has none
            found.append(data[base + offset : base + offset + size])
    return [picture for picture in found if picture.startswith(b"\xff\xd8\xff")]


def index(before: int, primary: int, second: int) -> bytes:
    """The segment that tells of two pictures.

    Args:
        before: Bytes of the file before this segment.
        primary: Bytes of the first picture's file without this segment.
        second: Bytes of the second one's, which lies right behind it.

    Returns:
        The segment, marker and length included.
    """
    base = before + 4 + len(NAME)
    primary += 4 + len(NAME) + _LENGTH
    block = b"MM\0*" + struct.pack(">IH", 8, 3)
    block += struct.pack(">HHI4s", _VERSION, 7, 4, b"0100")
    block += struct.pack(">HHII", _COUNT, 4, 1, 2)
    block += struct.pack(">HHIII", _ENTRIES, 7, 2 * _ENTRY, 50, 0)
    block += struct.pack(">IIIHH", _PRIMARY, primary, 0, 0, 0)
    block += struct.pack(">IIIHH", 0, second, primary - base, 0, 0)
    return jpeg_segments.segment(_APP2, NAME, block)
