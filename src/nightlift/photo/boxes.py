"""Boxes, and what a HEIC or AVIF file holds in them beside its picture.

After ISO/IEC 14496-12 (sections 4.2, 8.11) and ISO/IEC 23008-12 (sections 6.4 and 6.5).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_FILE = frozenset({b"ftyp", b"meta", b"mdat", b"free", b"skip", b"wide", b"moov", b"pdin"})
_FILE |= {bytes(4)}  # padding
_PICTURES = frozenset({b"hvc1", b"av01", b"avc1", b"grid", b"iden", b"iovl", b"jpeg", b"Exif"})
_XMP = b"application/rdf+xml"
_C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_GAIN_MAP = "gain map"
"""Has a sentence of its own."""

_AUXILIARY = {
    "alpha": "",
    "auxid:1": "",
    "hdrgainmap": _GAIN_MAP,
    "depth": "a depth map",
    "auxid:2": "a depth map",
    "disparity": "a depth map",
    "matte": "mattes of what is in the picture",
}
"""What auxiliary pictures are, by a part of their kind's name; nothing for those that are taken."""

_MOST = 4096


def left_out(data: bytes) -> tuple[str, ...]:
    """Names of what is in the file and not taken."""
    found: set[str] = set()
    stop = 0
    try:
        for number, (kind, start, stop) in enumerate(walk(data, 0, len(data))):
            if kind == b"meta":
                found |= set(_in_meta(data, start, stop))
            elif kind == b"ftyp" and number:
                found.add("a further picture behind it")
            elif kind not in _FILE:
                found.add(name_of(kind, data[start : start + 16]))
        if data[stop:].strip(b"\0"):
            found.add(f"{len(data) - stop} bytes behind its last box")
    except (struct.error, ValueError):  # decoders have taken what they could
        pass
    return tuple(sorted(found - {"", _GAIN_MAP}))


def has_gain_map(data: bytes) -> bool:
    """Whether an HDR gain map is among the items: ISO 21496-1's (tmap), or Apple's (auxC)."""
    try:
        return any(
            _GAIN_MAP in _in_meta(data, start, stop)
            for kind, start, stop in walk(data, 0, len(data))
            if kind == b"meta"
        )
    except (struct.error, ValueError):
        return False


def items_are_text(data: bytes) -> bool:
    """Whether what the items of a file are called is text, wherever they stand.

    pi_heif 1.4 ends the process at a name that is not UTF-8. Entries are looked for by their
    signature: a reader that forgives more than `walk` would find those that it does not reach.
    """
    at = data.find(b"infe")
    while at >= 0:
        version, flags = data[at + 4 : at + 5], data[at + 5 : at + 7]
        if version in (b"\2", b"\3") and flags == bytes(2):
            kind = at + (12 if version == b"\2" else 14)
            (length,) = struct.unpack(">I", data[max(at - 4, 0) : at].rjust(4, b"\0"))
            end = min(max(at - 4 + length, kind + 4), kind + _MOST)
            if not _is_text(data[kind:end]):
                return False
        at = data.find(b"infe", at + 4)
    return True


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def walk(data: bytes, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, first and last byte of the body of each box."""
    for _ in range(_MOST):
        if start + 8 > stop:
            return
        length, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if length == 1 and start + 16 <= stop:
            (length,) = struct.unpack_from(">Q", data, start + 8)
            head = 16
        end = stop if length == 0 else start + length
        if end > stop or end < start + head:
            return
        yield kind, start + head, end
        start = end


def _in_meta(data: bytes, start: int, stop: int) -> Iterator[str]:
    for kind, first, last in walk(data, start + 4, stop):
        if kind == b"iprp":
            yield from _in_properties(data, first, last)
        elif kind == b"iinf":
            yield from _items(data, first, last)


def _in_properties(data: bytes, start: int, stop: int) -> Iterator[str]:
    """Kinds of auxiliary pictures (auxC), in the container of properties."""
    for kind, first, last in walk(data, start, stop):
        if kind == b"ipco":
            yield from _in_properties(data, first, last)
        elif kind == b"auxC":
            urn = data[first + 4 : last].partition(b"\0")[0].decode("latin-1").lower()
            known = [name for part, name in _AUXILIARY.items() if part in urn]
            yield known[0] if known else "an auxiliary picture"


def _items(data: bytes, start: int, stop: int) -> Iterator[str]:
    """Kinds of items (infe of versions 2 and 3) that are no picture, EXIF or XMP."""
    wide = data[start : start + 1] > b"\0"
    for kind, first, last in walk(data, start + (8 if wide else 6), stop):
        version = data[first : first + 1]
        if kind != b"infe" or version < b"\2":
            continue
        at = first + 4 + (4 if version > b"\2" else 2) + 2
        item = data[at : at + 4]
        if item == b"mime":
            words = data[at + 4 : last].split(b"\0")
            yield "" if _XMP in words else "an item of another kind"
        elif item not in _PICTURES:
            yield _GAIN_MAP if item == b"tmap" else _printable(item)


def name_of(kind: bytes, body: bytes) -> str:
    """What a box is called that is not taken, by its kind and how its body begins."""
    if kind in (b"jumb", b"c2pa") or (kind == b"uuid" and body[:16] == _C2PA):
        return "content credentials (C2PA)"
    return f"a box {_printable(kind)}"


def _printable(kind: bytes) -> str:
    return "".join(letter for letter in kind.decode("latin-1") if letter.isprintable()).strip()
