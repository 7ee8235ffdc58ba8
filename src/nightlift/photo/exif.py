"""EXIF blocks, changed in place so that everything in them keeps its offset.

Layout after TIFF 6.0, section 2, and EXIF 2.32, section 4.6: a maker's note may hold offsets
into the block, so entries are overwritten where they stand and nothing before them moves.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

MAKER, ORIENTATION = 0x010F, 0x0112
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 0x011A, 0x011B, 0x0128
EXIF_IFD, GPS_IFD, INTEROPERABILITY_IFD, MAKER_NOTE = 0x8769, 0x8825, 0xA005, 0x927C
PIXEL_WIDTH, PIXEL_HEIGHT, IMAGE_WIDTH, IMAGE_HEIGHT = 0xA002, 0xA003, 0x0100, 0x0101

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""Bytes of one value, by TIFF type."""

MOST_ENTRIES = 4096
"""Of a directory; photos have fewer than a hundred."""


@dataclass(frozen=True, eq=False, repr=False)
class ExifEntry:
    """One entry of an IFD: its place `at`, and where its values start and how many bytes."""

    tag: int
    type: int
    count: int
    at: int
    start: int
    length: int


class ExifBlock:
    """A TIFF-structured block and its byte order; ValueError where it is none."""

    def __init__(self, data: bytes) -> None:
        order = {b"II*\0": "<", b"MM\0*": ">"}.get(bytes(data[:4]))
        if order is None or len(data) < 8:
            raise ValueError("not a TIFF block")
        self.order = order
        self.data = data
        self.first: int = self.number("I", 4)
        if self.first < 8 or self.first + 2 > len(data):
            raise ValueError("the first directory lies beyond the end")

    def number(self, kind: str, at: int) -> int:
        """One unsigned number: `H` or `I`."""
        try:
            return int(struct.unpack_from(self.order + kind, self.data, at)[0])
        except struct.error as error:
            raise ValueError("a number lies beyond the end") from error

    def entries(self, directory: int) -> Iterator[ExifEntry]:
        """The entries of an IFD whose values lie inside the block."""
        for index in range(min(self.number("H", directory), MOST_ENTRIES)):
            at = directory + 2 + 12 * index
            if at + 12 > len(self.data):
                return
            tag, kind = self.number("H", at), self.number("H", at + 2)
            count = self.number("I", at + 4)
            length = SIZES.get(kind, 1) * count
            start = at + 8 if length <= 4 else self.number("I", at + 8)
            if start + length <= len(self.data):
                yield ExifEntry(tag, kind, count, at, start, length)

    def find(self, directory: int, tag: int) -> ExifEntry | None:
        """The entry of this tag, or None."""
        return next((entry for entry in self.entries(directory) if entry.tag == tag), None)

    def pointer(self, directory: int, tag: int) -> int | None:
        """Where the IFD that an entry points to begins, or None."""
        entry = self.find(directory, tag)
        return self.value(entry) if entry is not None else None

    def value(self, entry: ExifEntry) -> int | None:
        """The first value of an entry of type SHORT or LONG, else None."""
        if entry.type not in (3, 4, 13) or entry.count < 1:
            return None
        return self.number("H" if entry.type == 3 else "I", entry.start)

    def rational(self, entry: ExifEntry | None) -> float | None:
        """The first value of an entry of type RATIONAL, else None."""
        if entry is None or entry.type != 5 or entry.count < 1:
            return None
        below = self.number("I", entry.start + 4)
        return self.number("I", entry.start) / below if below else None

    def end(self, directory: int) -> int:
        """Where the offset of the next IFD stands."""
        return directory + 2 + 12 * self.number("H", directory)


def is_sound(exif: bytes) -> bool:
    """Whether the block has a first directory that lies inside it, of a sensible length."""
    try:
        block = ExifBlock(exif)
        count = block.number("H", block.first)
        return count <= MOST_ENTRIES and block.end(block.first) <= len(exif)
    except ValueError:
        return False


def orientation(exif: bytes | None) -> int:
    """The Orientation tag, 1 where there is none or it makes no sense."""
    if exif is None or not is_sound(exif):
        return 1
    block = ExifBlock(exif)
    entry = block.find(block.first, ORIENTATION)
    value = block.value(entry) if entry is not None else None
    return value if value is not None and 1 <= value <= 8 else 1


def resolution(exif: bytes | None) -> tuple[float, float] | None:
    """XResolution and YResolution in dots per inch, None where they are not both known."""
    if exif is None or not is_sound(exif):
        return None
    block = ExifBlock(exif)
    across = block.rational(block.find(block.first, X_RESOLUTION))
    down = block.rational(block.find(block.first, Y_RESOLUTION))
    unit = block.find(block.first, RESOLUTION_UNIT)
    code = block.value(unit) if unit is not None else 2
    if not across or not down or code not in (2, 3):
        return None
    scale = 2.54 if code == 3 else 1.0
    return across * scale, down * scale


def has_maker_note(exif: bytes) -> bool:
    """Whether a sound block has a maker's note."""
    block = ExifBlock(exif)
    inner = block.pointer(block.first, EXIF_IFD)
    return inner is not None and inner + 2 <= len(exif) and bool(block.find(inner, MAKER_NOTE))


def minimal(value: int, dots: tuple[float, float] | None = None) -> bytes:
    """A block that says nothing but the orientation, and dots per inch where they are given."""
    count = 1 if dots is None else 4
    entries = struct.pack(">HHIHH", ORIENTATION, 3, 1, value, 0)
    rationals, at = b"", 8 + 2 + 12 * count + 4
    for tag, number in zip((X_RESOLUTION, Y_RESOLUTION), dots or (), strict=False):
        entries += struct.pack(">HHII", tag, 5, 1, at + len(rationals))
        rationals += struct.pack(">II", round(number * 10000), 10000)
    if dots is not None:
        entries += struct.pack(">HHIHH", RESOLUTION_UNIT, 3, 1, 2, 0)
    return b"MM\0*" + struct.pack(">IH", 8, count) + entries + bytes(4) + rationals


def with_orientation(exif: bytes, value: int) -> bytes:
    """The block with this orientation: overwritten, or entered where it is missing and not 1."""
    block = ExifBlock(exif)
    found = [entry for entry in block.entries(block.first) if entry.tag == ORIENTATION]
    if not found and value == 1:
        return exif
    if not found or any(entry.type not in (3, 4) or entry.count != 1 for entry in found):
        return _with_entry(block, value)
    data = bytearray(exif)
    for entry in found:
        _put(block, data, entry, value)
    return bytes(data)


def with_size(exif: bytes, width: int, height: int) -> bytes:
    """The block with these pixel dimensions, wherever it states any."""
    block = ExifBlock(exif)
    data = bytearray(exif)
    inner = block.pointer(block.first, EXIF_IFD)
    for directory in (block.first, inner):
        if directory is None or directory + 2 > len(exif):
            continue
        for entry in block.entries(directory):
            if entry.type in (3, 4) and entry.count == 1:
                if entry.tag in (PIXEL_WIDTH, IMAGE_WIDTH):
                    _put(block, data, entry, width)
                elif entry.tag in (PIXEL_HEIGHT, IMAGE_HEIGHT):
                    _put(block, data, entry, height)
    return bytes(data)


def without_thumbnail(exif: bytes) -> bytes:
    """The block without the second IFD: cut where it ends the block, otherwise zeroed."""
    block = ExifBlock(exif)
    link = block.end(block.first)
    if link + 4 > len(exif):
        return exif
    second = block.number("I", link)
    if second == 0:
        return exif
    data = bytearray(exif)
    data[link : link + 4] = bytes(4)
    if second + 2 > len(exif):
        return bytes(data)
    spans = _spans(block, second)
    offset, length = block.pointer(second, 0x0201), block.pointer(second, 0x0202)
    if offset and length:
        spans.append((offset, offset + length))
    return _erased(data, spans, _used(block))


Span = tuple[int, int]


def _spans(block: ExifBlock, directory: int) -> list[Span]:
    """Where an IFD and its values lie; nothing where it lies beyond the end."""
    if directory + 2 > len(block.data):
        return []
    spans = [(directory, block.end(directory) + 4)]
    for entry in block.entries(directory):
        if entry.length > 4:
            spans.append((entry.start, entry.start + entry.length))
    return spans


def _used(block: ExifBlock) -> list[Span]:
    """The spans of the first IFD and those it points to: some writers share values."""
    spans = [(0, 8), *_spans(block, block.first)]
    for tag in (EXIF_IFD, GPS_IFD):
        directory = block.pointer(block.first, tag)
        if directory:
            spans += _spans(block, directory)
    return spans


def _erased(data: bytearray, spans: list[Span], used: list[Span]) -> bytes:
    """Zero the spans that nothing else uses, and cut off those that end the block."""
    taken = _merged(used)
    free = _merged([span for span in spans if not _meets(taken, span)])
    for start, stop in free:
        data[start:stop] = bytes(max(0, min(stop, len(data)) - start))
    for start, _ in reversed(free):
        if start < taken[-1][1] or data[start:].strip(b"\0"):
            break
        del data[start:]
    return bytes(data)


def _merged(spans: list[Span]) -> list[Span]:
    """The same bytes as spans that do not touch each other, in order."""
    found: list[Span] = []
    for start, stop in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(stop, found[-1][1])
        else:
            found.append((start, stop))
    return found


def _meets(merged: list[Span], span: Span) -> bool:
    """Whether one of the merged spans has a byte of this one."""
    before = bisect_left(merged, (span[1], 0)) - 1
    return before >= 0 and merged[before][1] > span[0]


def _put(block: ExifBlock, data: bytearray, entry: ExifEntry, value: int) -> None:
    """Overwrite an entry's first value; a SHORT that cannot hold it becomes a LONG."""
    kind = "H" if entry.type == 3 else "I"
    if value > 0xFFFF and kind == "H":
        struct.pack_into(block.order + "HHII", data, entry.at, entry.tag, 4, 1, value)
    else:
        struct.pack_into(block.order + kind, data, entry.start, value)


def _with_entry(block: ExifBlock, value: int) -> bytes:
    """The first IFD, written anew at the end of the block with the orientation in it."""
    kept = [
        block.data[entry.at : entry.at + 12]
        for entry in block.entries(block.first)
        if entry.tag != ORIENTATION
    ]
    kept.append(struct.pack(block.order + "HHIHH", ORIENTATION, 3, 1, value, 0))
    kept.sort(key=lambda raw: struct.unpack(block.order + "H", raw[:2])[0])
    link = block.end(block.first)
    following = block.data[link : link + 4].ljust(4, b"\0")
    padded = block.data + bytes(len(block.data) % 2)
    header = padded[:4] + struct.pack(block.order + "I", len(padded))
    count = struct.pack(block.order + "H", len(kept))
    return header + padded[8:] + count + b"".join(kept) + following
