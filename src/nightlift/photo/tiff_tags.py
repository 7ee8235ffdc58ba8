"""The directories of a TIFF file: its layout, and the EXIF block it holds.

After TIFF 6.0 (section 2), BigTIFF (libtiff) and TIFF/EP for what tells camera RAW.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from nightlift.errors import ReadError
from nightlift.photo.exif import EXIF_IFD, GPS_IFD, INTEROPERABILITY_IFD, MOST_ENTRIES, SIZES
from nightlift.photo.file_bytes import FileBytes

Tree: TypeAlias = "dict[int, Value | Tree]"

SUB_IFDS, DNG_VERSION, PHOTOMETRIC, NEW_SUBFILE_TYPE = 330, 50706, 262, 254
XMP, IPTC, PHOTOSHOP, ICC = 700, 33723, 34377, 34675
_RAW_PHOTOMETRICS = {32803, 34892}
_SIZES = {**SIZES, 16: 8, 17: 8, 18: 8}
_NUMBERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d"}
_NUMBERS |= {13: "I", 16: "Q", 17: "q", 18: "Q"}
_ROUTINE = frozenset({0x0112, 0x011A, 0x011B, 0x0128})
_TRAVELING = frozenset({0x010D, 0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x013C, 0x8298})
_TRAVELING |= _ROUTINE | {0x4746, 0x4749, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F}
_TRAVELING |= {11, 285, 297, 318, 319, 50735, 51081}
GEOTIFF = frozenset({33550, 33922, 34264, 34735, 34736, 34737, 42113, 50844})
_TRAVELING |= GEOTIFF
"""Tags of the first directory that say something about the photo, not about the file."""


STRUCTURE = frozenset({*range(254, 260), *range(262, 267), 273, *range(277, 282), 284})
STRUCTURE |= {*range(290, 294), 301, 317, *range(320, 348), *range(512, 522), *range(529, 533), ICC}
"""Tags that say how a picture is stored (TIFF 6.0): a block's own would spoil what is written."""

_DESCRIPTION = 0x010E
_SEVERAL = (b"ImageJ=", b"<OME", b"<?xml")
"""How descriptions begin that tell of several pictures."""

_TAKEN = STRUCTURE | _TRAVELING | {XMP, IPTC, PHOTOSHOP, EXIF_IFD, GPS_IFD}
_NAMES = {42112: "GDAL's metadata", 37724: "Photoshop's layers"}
_NAMES |= {700: "XMP", 34377: "Photoshop's resources", 50255: "annotations", 34732: "layers"}
_NAMES |= {50838: "ImageJ's data", 50839: "ImageJ's data"}

MOST_PAGES = 10_000
MOST_EXIF = 1 << 26


@dataclass(frozen=True)
class Value:
    """An entry's values, which stay in the file until they are asked for."""

    type: int
    count: int
    at: int
    length: int
    file: bytes | FileBytes = field(repr=False, compare=False)

    @property
    def data(self) -> bytes:
        """The values as bytes in the file's byte order."""
        return self.file[self.at : self.at + self.length]


class Tiff:
    """A TIFF or BigTIFF file; ValueError where a directory cannot be read."""

    def __init__(self, data: bytes | FileBytes) -> None:
        self.data = data
        self.order = "<" if data[:2] == b"II" else ">"
        self.big = data[2:3] == b"+" or data[3:4] == b"+"
        self.wide, self.inline, self.size = ("Q", 8, 20) if self.big else ("I", 4, 12)
        self.first = self._number(self.wide, self.inline)

    def _number(self, kind: str, at: int) -> int:
        size = struct.calcsize(f"={kind}")
        if not 0 <= at <= len(self.data) - size:
            raise ValueError("the directory lies beyond the end of the file")
        return int(struct.unpack(self.order + kind, self.data[at : at + size])[0])

    def _ends(self, at: int) -> tuple[int, int]:
        """Where the entries of the directory at an offset begin and end."""
        count = self._number("Q" if self.big else "H", at)
        if count > MOST_ENTRIES:
            raise ValueError(f"the directory claims to have {count} entries")
        start = at + (8 if self.big else 2)
        if start + count * self.size > len(self.data):
            raise ValueError("the directory lies beyond the end of the file")
        return start, start + count * self.size

    def directory(self, at: int) -> dict[int, Value]:
        """The entries of the directory at an offset whose values lie in the file.

        Raises:
            ValueError: the directory lies beyond the end of the file.
            ReadError: its values are together larger than the file. They overlap, as nobody
                writes them, and a reader that copied each would fill any memory.
        """
        found: dict[int, Value] = {}
        start, end = self._ends(at)
        entries = self.data[start:end]
        for place in range(start, end, self.size):
            form = f"{self.order}HH{self.wide}"
            tag, kind, count = struct.unpack_from(form, entries, place - start)
            length = _SIZES.get(kind, 1) * count
            values = place + self.size - self.inline
            if length > self.inline:
                values = self._number(self.wide, values)
            if values + length <= len(self.data):
                found.setdefault(tag, Value(kind, count, values, length, self.data))
        if sum(value.length for value in found.values()) > len(self.data):
            raise ReadError(
                "the TIFF is damaged: the values in one of its directories are together larger "
                "than the file"
            )
        return found

    def inner(self, pointer: Value | None) -> dict[int, Value]:
        """The entries of the directory that an entry points to; none where it points nowhere."""
        at = self.numbers(pointer)
        if len(at) != 1:
            return {}
        try:
            return self.directory(at[0])
        except ValueError:
            return {}

    def numbers(self, value: Value | None) -> tuple[int, ...]:
        """The whole numbers of an entry, none where it is missing or of another type."""
        kind = _NUMBERS.get(value.type) if value is not None else None
        if value is None or kind is None or kind in "fd":
            return ()
        return struct.unpack(f"{self.order}{value.count}{kind}", value.data)

    def pages(self) -> int:
        """How many directories of the main chain are no thumbnails (bit 0 of tag 254).

        The chain ends where it turns back or leaves the file.
        """
        count, seen, at = 0, set[int](), self.first
        while at and at not in seen and len(seen) < MOST_PAGES:
            seen.add(at)
            try:
                start, end = self._ends(at)
            except ValueError:
                break
            count += len(seen) == 1 or (start < end and not self._is_thumbnail(start, end))
            at = self._number(self.wide, end) if end + self.inline <= len(self.data) else 0
        return count

    def _is_thumbnail(self, start: int, end: int) -> bool:
        """By the first entry: tags rise, and no other that readers know is lower."""
        if self._number("H", start) != NEW_SUBFILE_TYPE:
            return False
        kind = "H" if self._number("H", start + 2) == 3 else "I"
        return bool(self._number(kind, start + self.size - self.inline) & 1)


def is_raw(data: bytes | FileBytes) -> bool:
    """Whether a TIFF file is a camera's RAW: DNG, or a color filter array in its directories."""
    try:
        tiff = Tiff(data)
        first = tiff.directory(tiff.first)
        if DNG_VERSION in first:
            return True
        inner = tiff.numbers(first.get(SUB_IFDS))
        directories = [first, *(tiff.directory(at) for at in inner[:16])]
    except ValueError:
        return False
    photometrics = {tiff.numbers(entries.get(PHOTOMETRIC)) for entries in directories}
    return any(found and found[0] in _RAW_PHOTOMETRICS for found in photometrics)


def exif_of(tiff: Tiff, entries: Mapping[int, Value]) -> bytes | None:
    """The EXIF block of a TIFF file, written anew; None where it would say nothing.

    Values keep their bytes; offsets inside a maker's note cannot, as in every rewritten TIFF. A
    block that would be larger than any is empty, which is no sound one.
    """
    tree: Tree = {
        tag: value
        for tag, value in entries.items()
        if tag in _TRAVELING and value.type in SIZES and not _tells_of_several(tag, value)
    }
    tree |= inner_trees(tiff, entries)
    if not set(tree) - _ROUTINE:
        return None
    return serialize(tiff.order, tree) if _size(tree) <= MOST_EXIF else b""


def _tells_of_several(tag: int, value: Value) -> bool:
    return tag == _DESCRIPTION and value.data.startswith(_SEVERAL)


def left_out(entries: Mapping[int, Value]) -> tuple[str, ...]:
    """Names of what a first directory holds that is not kept."""
    lost = {_NAMES.get(tag, f"tag {tag}") for tag in entries if tag not in _TAKEN}
    lost |= {"the description" for tag, each in entries.items() if _tells_of_several(tag, each)}
    return tuple(sorted(lost))


def inner_trees(tiff: Tiff, entries: Mapping[int, Value]) -> Tree:
    """The EXIF and GPS directories that a first directory points to, as far as they are there."""
    found = {tag: _known(tiff.inner(entries.get(tag))) for tag in (EXIF_IFD, GPS_IFD)}
    exif = found[EXIF_IFD]
    pointer = exif.pop(INTEROPERABILITY_IFD, None)
    if isinstance(pointer, Value) and (inner := _known(tiff.inner(pointer))):
        exif[INTEROPERABILITY_IFD] = inner
    return {tag: tree for tag, tree in found.items() if tree}


def _known(entries: Mapping[int, Value]) -> Tree:
    """Those of the types that an EXIF block may have."""
    return {tag: value for tag, value in entries.items() if value.type in SIZES}


def _size(tree: Tree) -> int:
    return sum(_size(each) if isinstance(each, dict) else each.length for each in tree.values())


def serialize(order: str, tree: Tree) -> bytes:
    """A TIFF-structured block of nested directories, without a picture."""
    block = bytearray(b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    _append(order, tree, block)
    return bytes(block)


def _append(order: str, tree: Tree, block: bytearray) -> None:
    """One directory at the block's end, then its values and the directories it points to."""
    at = len(block)
    block += struct.pack(order + "H", len(tree)) + bytes(12 * len(tree) + 4)
    for place, tag in enumerate(sorted(tree)):
        value = tree[tag]
        end = struct.pack(order + "I", len(block))
        if isinstance(value, dict):
            entry = struct.pack(order + "HHI", tag, 4, 1) + end
            _append(order, value, block)
        else:
            entry = struct.pack(order + "HHI", tag, value.type, value.count)
            entry += value.data.ljust(4, b"\0") if value.length <= 4 else end
            block += value.data if value.length > 4 else b""
        block += bytes(len(block) % 2)
        block[at + 2 + 12 * place : at + 14 + 12 * place] = entry
