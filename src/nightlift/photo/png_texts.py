"""The texts of a PNG file, and the profiles that some writers pack into them.

After the PNG specification, third edition (W3C 2025), section 11.3.3; raw profiles as ImageMagick
and ExifTool write and read them: their kind, their length and their bytes in hexadecimals.
"""

from __future__ import annotations

import struct
import zlib

from nightlift.photo.xml_nodes import MOST_BYTES

XMP = "XML:com.adobe.xmp"
MOST_TEXT = 1 << 20
"""Bytes of one text, and of all together."""

_RAW = "raw profile type "
_KINDS = {"exif": "exif", "app1": "exif", "xmp": "xmp", "iptc": "iptc", "8bim": "iptc"}
_KINDS |= {"icc": "icc", "icm": "icc"}
_MOST_RAW = 16 << 20
_COMPRESSED = b"zTXt"


def inflate(data: bytes, most: int) -> bytes:
    """Unpack; nothing where that would be too much, or the data is damaged."""
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(data, most)
    except zlib.error:
        return b""
    return unpacked if unpacker.eof else b""


def keyword_of(body: bytes) -> str:
    """The keyword of a text chunk."""
    return body[:80].partition(b"\0")[0].decode("latin-1")


def text_of(name: bytes, body: bytes) -> str:
    """The text of a tEXt, zTXt or iTXt chunk, nothing where it is damaged or too long."""
    data = _bytes_of(name, body, MOST_TEXT)
    return data.decode("utf-8" if name == b"iTXt" else "latin-1", "replace")


def packet_of(body: bytes) -> bytes:
    """The XMP packet in an iTXt chunk."""
    return _bytes_of(b"iTXt", body, MOST_BYTES)


def _bytes_of(name: bytes, body: bytes, most: int) -> bytes:
    _, _, rest = body.partition(b"\0")
    if name == b"tEXt":
        return rest
    if name == _COMPRESSED:
        return inflate(rest[1:], most)
    parts = rest[2:].split(b"\0", 2)  # language, translated keyword, text
    if len(parts) < 3:
        return b""
    return inflate(parts[2], most) if rest[:1] == b"\1" else parts[2]


def raw_kind(keyword: str) -> str | None:
    """The kind of profile (exif, xmp, iptc or icc) that texts of this keyword hold, or None."""
    name = keyword.lower()
    return _KINDS.get(name.removeprefix(_RAW)) if name.startswith(_RAW) else None


def raw_profile(name: bytes, body: bytes) -> bytes:
    """The profile in a text chunk, nothing where it is damaged or too long."""
    lines = _bytes_of(name, body, _MOST_RAW).strip().split(b"\n", 2)
    try:
        profile = bytes.fromhex(lines[2].decode("ascii"))
        return profile if len(profile) == int(lines[1]) else b""
    except (ValueError, IndexError):
        return b""


def chunk_of(keyword: str, text: str) -> tuple[bytes, bytes]:
    """Name and body of the chunk that holds a text: tEXt where it is Latin-1, else iTXt."""
    key = keyword.encode("latin-1", "replace")[:79] + b"\0"
    try:
        return b"tEXt", key + text.encode("latin-1")
    except UnicodeEncodeError:
        return b"iTXt", key + struct.pack("4x") + text.encode()


def raw_chunk_of(kind: str, profile: bytes) -> tuple[bytes, bytes]:
    """Name and body of the chunk that holds a raw profile: compressed lines of hexadecimals."""
    digits = profile.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    text = f"\n{kind}\n{len(profile):8}\n{lines}\n"
    return _COMPRESSED, f"Raw profile type {kind}".encode() + bytes(2) + zlib.compress(
        text.encode()
    )
