"""The directories of a TIFF file: its layout, and the EXIF block it holds.

After TIFF 6.0 (section 2), BigTIFF (libtiff) and TIFF/EP for what tells camera RAW.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from mmap import mmap
from typing import TypeAlias

from nightlift.photo import exif as exif_blocks

Tree: TypeAlias = "dict[int, Value | Tree]"

SUB_IFDS, DNG_VERSION, PHOTOMETRIC, NEW_SUBFILE_TYPE = 330, 50706, 262, 254
XMP, IPTC, PHOTOSHOP, ICC = 700, 33723, 34377, 34675
_RAW_PHOTOMETRICS = {32803, 34892}
_SIZES = {**exif_blocks.SIZES, 16: 8, 17: 8, 18: 8}
_NUMBERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d"}
_NUMBERS |= {13: "I", 16: "Q", 17: "q", 18: "Q"}
_ROUTINE = frozenset({0x0112, 0x011A, 0x011B, 0x0128})
_TRAVELING = frozenset({0x010D, 0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x013C, 0x8298})
_TRAVELING |= _ROUTINE | {0x4746, 0x4749, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F}
"""Tags of the first directory that say something about the photo, not about the file."""


@dataclass(frozen=True)
class Value:
    """An entry's values as bytes in the file's byte order; `at` is where they stand."""

    type: int
    count: int
    data: bytes
    at: int


class Tiff:
    """A TIFF or BigTIFF file; ValueError where a directory cannot be read."""

    def __init__(self, data: bytes | mmap) -> None:
        self.data = data
        self.order = "<" if data[:2] == b"II" else ">"
        self.big = data[2:3] == b"+" or data[3:4] == b"+"
        self.first = self._number("Q", 8) if self.big else self._number("I", 4)

    def _number(self, kind: str, at: int) -> int:
        try:
            return int(struct.unpack_from(self.order + kind, self.data, at)[0])
        except struct.error as error:
            raise ValueError("the directory lies beyond the end of the file") from error

    def directory(self, at: int) -> tuple[dict[int, Value], int]:
        """The entries of the directory at an offset, and the offset of the next one or 0."""
        size, wide, inline = (20, "Q", 8) if self.big else (12, "I", 4)
        head = 8 if self.big else 2
        count = self._number("Q" if self.big else "H", at)
        if at + head + count * size > len(self.data):
            raise ValueError("the directory lies beyond the end of the file")
        found: dict[int, Value] = {}
        for place in range(at + head, at + head + count * size, size):
            tag, kind = self._number("H", place), self._number("H", place + 2)
            number = self._number(wide, place + 4)
            length = _SIZES.get(kind, 1) * number
            start = place + size - inline
            if length > inline:
                start = self._number(wide, start)
            if start + length <= len(self.data):
                found[tag] = Value(kind, number, self.data[start : start + length], start)
        following = at + head + count * size
        return found, self._number(wide, following) if following + inline <= len(self.data) else 0

    def numbers(self, value: Value | None) -> tuple[int, ...]:
        """The whole numbers of an entry, none where it is missing or of another type."""
        kind = _NUMBERS.get(value.type) if value is not None else None
        if value is None or kind is None or kind in "fd":
            return ()
        return struct.unpack(f"{self.order}{value.count}{kind}", value.data)

    def pages(self) -> list[dict[int, Value]]:
        """The directories of the main chain that are no thumbnails (bit 0 of tag 254)."""
        found: list[dict[int, Value]] = []
        seen: set[int] = set()
        at = self.first
        while at and at not in seen and len(seen) < 10_000:
            seen.add(at)
            entries, at = self.directory(at)
            if not (self.numbers(entries.get(NEW_SUBFILE_TYPE)) or (0,))[0] & 1 or not found:
                found.append(entries)
        return found


def is_raw(data: bytes | mmap) -> bool:
    """Whether a TIFF file is a camera's RAW: DNG, or a color filter array in its directories."""
    try:
        tiff = Tiff(data)
        first, _ = tiff.directory(tiff.first)
        if DNG_VERSION in first:
            return True
        inner = tiff.numbers(first.get(SUB_IFDS))
        directories = [first, *(tiff.directory(at)[0] for at in inner[:16])]
    except ValueError:
        return False
    photometrics = {tiff.numbers(entries.get(PHOTOMETRIC)) for entries in directories}
    return any(found and found[0] in _RAW_PHOTOMETRICS for found in photometrics)


def exif_of(tiff: Tiff, entries: Mapping[int, Value]) -> bytes | None:
    """The EXIF block of a TIFF file, written anew; None where it would say nothing.

    Values keep their bytes; offsets inside a maker's note cannot, as in every rewritten TIFF.
    """
    tree: Tree = {tag: value for tag, value in entries.items() if tag in _TRAVELING}
    for tag in (exif_blocks.EXIF_IFD, exif_blocks.GPS_IFD):
        inner = _tree(tiff, entries.get(tag))
        if inner:
            tree[tag] = inner
    if not set(tree) - _ROUTINE:
        return None
    return serialize(tiff.order, tree)


def _tree(tiff: Tiff, pointer: Value | None) -> Tree:
    at = tiff.numbers(pointer)
    if len(at) != 1:
        return {}
    try:
        entries, _ = tiff.directory(at[0])
    except ValueError:
        return {}
    tree: Tree = {tag: value for tag, value in entries.items() if value.type in exif_blocks.SIZES}
    if exif_blocks.INTEROPERABILITY_IFD in entries:
        inner = tiff.numbers(entries[exif_blocks.INTEROPERABILITY_IFD])
        known, _ = tiff.directory(inner[0]) if inner and inner[0] < len(tiff.data) else ({}, 0)
        tree[exif_blocks.INTEROPERABILITY_IFD] = dict(known)
    return tree


def serialize(order: str, tree: Tree) -> bytes:
    """A TIFF-structured block of nested directories, without a picture."""
    header = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    return header + _serialize(order, tree, 8)


def _serialize(order: str, tree: Tree, at: int) -> bytes:
    """One directory at an offset, then its values, then the directories it points to."""
    entries, after = b"", b""
    end = at + 2 + 12 * len(tree) + 4
    for tag in sorted(tree):
        value = tree[tag]
        place = struct.pack(order + "I", end + len(after))
        if isinstance(value, dict):
            entries += struct.pack(order + "HHI", tag, 4, 1) + place
            after += _serialize(order, value, end + len(after))
        else:
            entries += struct.pack(order + "HHI", tag, value.type, value.count)
            if len(value.data) <= 4:
                entries += value.data.ljust(4, b"\0")
            else:
                entries += place
                after += value.data
        after += bytes(len(after) % 2)
    return struct.pack(order + "H", len(tree)) + entries + bytes(4) + after
