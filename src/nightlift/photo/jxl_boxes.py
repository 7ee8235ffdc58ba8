"""The boxes of a JPEG XL file: taken apart when read, put around the picture when written.

After ISO/IEC 18181-2: sections 9.1 to 9.9. A picture alone, without boxes, is a file, too.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from nightlift.errors import MissingExtraError
from nightlift.photo import boxes, jxl_header

START = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
HEAD = START + b"\x00\x00\x00\x14ftypjxl \x00\x00\x00\x00jxl "
_PICTURE = (b"jxll", b"jxlc", b"jxlp")
"""What level the picture needs, and the picture, whole or in parts."""

_TAKEN = frozenset({b"JXL ", b"ftyp", b"jxli", b"free", b"skip", *_PICTURE})
_EXIF, _XMP, _GAIN_MAP = b"Exif", b"xml ", b"jhgm"
_NAMES = {b"jbrd": "what restores the JPEG it was made from"}
_MOST_UNPACKED = 1 << 24
"""Bytes of an unpacked box; real ones have a thousandth of it."""


@dataclass
class JxlFile:
    """What is in a file: the `start` of its codestream, and what travels beside it.

    `restorable` says that the picture is that of a JPEG, which could be had again.
    """

    start: bytes = b""
    exif: bytes | None = None
    xmp: bytes | None = None
    gain_map: bool = False
    restorable: bool = False
    left_out: set[str] = field(default_factory=set)


def parse(data: bytes) -> JxlFile:
    """Take a file apart; a picture without boxes has nothing beside it."""
    found = JxlFile()
    if not data.startswith(START):
        found.start = data[: jxl_header.LENGTH]
        return found
    for kind, start, stop in boxes.walk(data, 0, len(data)):
        if kind == b"brob":
            _take_packed(found, data[start:stop])
        elif kind in (b"jxlc", b"jxlp") and len(found.start) < jxl_header.LENGTH:
            begin = start + (4 if kind == b"jxlp" else 0)
            found.start += data[begin : min(stop, begin + jxl_header.LENGTH)]
        elif kind not in _TAKEN:
            _take(found, kind, data[start:stop])
    return found


def _take_packed(found: JxlFile, body: bytes) -> None:
    kind = body[:4]
    unpacked = _unpacked(body[4:]) if kind in (_EXIF, _XMP) else b""
    if unpacked is None:
        found.left_out.add("metadata that cannot be unpacked")
    else:
        _take(found, kind, unpacked)


def _take(found: JxlFile, kind: bytes, body: bytes) -> None:
    if kind == _EXIF:
        offset = int.from_bytes(body[:4], "big")
        found.exif = found.exif or body[4 + offset :]
    elif kind == _XMP:
        found.xmp = found.xmp or body
    elif kind == _GAIN_MAP:
        found.gain_map = True
    else:
        found.restorable = found.restorable or kind == b"jbrd"
        found.left_out.add(_NAMES.get(kind) or boxes.name_of(kind, body[:16]))


def _unpacked(packed: bytes) -> bytes | None:
    """A box's bytes as they were before Brotli; None where they are damaged, or too many."""
    try:
        import brotli
    except ImportError:
        raise MissingExtraError("reading JPEG XL", "jxl") from None
    unpacking = brotli.Decompressor()
    try:
        found: bytes = unpacking.process(packed, output_buffer_limit=_MOST_UNPACKED)
    except brotli.error:
        return None
    return found if unpacking.is_finished() else None


def assembled(encoded: bytes, exif: bytes | None, xmp: bytes | None) -> list[bytes | memoryview]:
    """The pieces of a file: an encoder's picture, with these blocks before it."""
    if exif is None and xmp is None:
        return [encoded]
    pieces: list[bytes | memoryview] = [HEAD]
    whole, levels, pictures = memoryview(encoded), list[memoryview](), list[memoryview]()
    if encoded.startswith(START):
        first = 0
        for kind, _, stop in boxes.walk(encoded, 0, len(encoded)):
            if kind in _PICTURE:
                (levels if kind == b"jxll" else pictures).append(whole[first:stop])
            first = stop
    else:
        pictures = [memoryview(_head(b"jxlc", len(encoded))), whole]
    pieces += levels
    if exif is not None:
        pieces += [_head(_EXIF, 4 + len(exif)) + bytes(4), exif]
    if xmp is not None:
        pieces += [_head(_XMP, len(xmp)), xmp]
    return [*pieces, *pictures]


def _head(kind: bytes, length: int) -> bytes:
    """The start of a box; a length of 0 says that it reaches to the file's end."""
    return struct.pack(">I4s", length + 8 if length + 8 < 1 << 32 else 0, kind)
