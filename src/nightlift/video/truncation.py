"""Whether a video file is as long as it says: containers are read to their end without a word."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

_EBML, _SEGMENT = 0x1A45DFA3, 0x18538067
_MOST_BOXES = 10_000


def missing(path: Path) -> int:
    """Bytes that are missing at the end of a Matroska, MP4, MOV or AVI file; 0 for other kinds.

    After RFC 8794 (EBML, sections 4 to 6), ISO/IEC 14496-12 (section 4.2) and Microsoft's RIFF.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            return max(0, _promised(file, size) - size)
    except (OSError, struct.error):
        return 0


def _promised(file: BinaryIO, size: int) -> int:
    file.seek(0)
    head = file.read(12)
    if head[:4] == _EBML.to_bytes(4, "big"):
        return _of_matroska(file)
    if head[:4] == b"RIFF" and head[8:] == b"AVI ":
        length = int.from_bytes(head[4:8], "little")
        return 8 + length if length else 0
    return _of_boxes(file, size) if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide") else 0


def _of_matroska(file: BinaryIO) -> int:
    """Where the first segment ends; 0 where its length is unknown, as of a live recording."""
    file.seek(4)
    file.seek(_number(file) or 0, os.SEEK_CUR)
    if file.read(4) != _SEGMENT.to_bytes(4, "big"):
        return 0
    length = _number(file)
    return 0 if length is None else file.tell() + length


def _number(file: BinaryIO) -> int | None:
    """A number of EBML: as many bytes as the first one has zeros before its first 1, and one."""
    (first,) = struct.unpack("B", file.read(1))
    width = 9 - first.bit_length()
    rest = file.read(width - 1)
    value = int.from_bytes(bytes([first]) + rest, "big") - (1 << 7 * width)
    return None if value == (1 << 7 * width) - 1 else value


def _of_boxes(file: BinaryIO, size: int) -> int:
    """Where the last box ends that begins in the file."""
    at = 0
    for _ in range(_MOST_BOXES):
        file.seek(at)
        head = file.read(16)
        if at >= size or len(head) < 8:
            break
        length = int.from_bytes(head[:4], "big")
        length = int.from_bytes(head[8:16], "big") if length == 1 else length
        if length < 8:  # 0: up to the end
            break
        at += length
    return at
