"""TIFF as it is written: the EXIF block itself is the file's start, so that all of it survives.

An EXIF block is a TIFF file without a picture. The picture is put behind it, then a new first
directory that joins the block's entries with the picture's; every offset inside the block, also
those of a maker's note, holds as before.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightlift.errors import WriteError
from nightlift.photo import inks, photoshop, tiff_tags
from nightlift.photo.channels import joined, to_8_bits
from nightlift.photo.exif import ORIENTATION, RESOLUTION_UNIT, X_RESOLUTION, Y_RESOLUTION, Block
from nightlift.photo.metadata import Traveling
from nightlift.photo.photo import Photo

_STRIP = 1 << 20
_BYTE, _SHORT, _LONG, _RATIONAL, _UNDEFINED = 1, 3, 4, 5, 7
_PHOTOMETRIC = {1: 1, 2: 1, 3: 2, 4: 2}
Fields = dict[int, tuple[int, int, bytes]]
"""Tag to type, number of values, and the values in the file's byte order."""


def encode(photo: Photo, traveling: Traveling) -> list[bytes | memoryview]:
    """The pieces of an uncompressed TIFF file at the photo's own depth, CMYK and Lab kept."""
    start = traveling.exif or b"II*\0\x08\0\0\0" + bytes(6)
    order = Block(start).order
    array, photometric = _stored(photo)
    at = len(start) + len(start) % 2
    if at + array.nbytes + (1 << 24) > 0xFFFFFFFF:
        raise WriteError("a TIFF holds 4 GiB at most; write this photo as JPEG or PNG")
    fields = _layout(array, photometric, order, at)
    fields |= _metadata(traveling, order)
    if array.dtype.itemsize > 1:
        array = array.astype(array.dtype.newbyteorder(">" if order == ">" else "<"), copy=False)
    picture = _bytes_of(array)
    end = at + array.nbytes + array.nbytes % 2
    directory = _directory(start, fields, order, end)
    header = start[:4] + struct.pack(order + "I", directory[0]) + start[8:]
    return [header.ljust(at, b"\0"), picture, bytes(array.nbytes % 2), directory[1]]


def _bytes_of(array: NDArray[Any]) -> memoryview:
    """The array's bytes without a copy, whatever their order."""
    flat: Any = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return memoryview(flat)


def _stored(photo: Photo) -> tuple[NDArray[Any], int]:
    """The array as it is stored, and its photometric interpretation."""
    if photo.mode in ("cmyk", "lab"):
        ink: inks.Ink = "cmyk" if photo.mode == "cmyk" else "lab"
        array = np.array(inks.from_srgb(to_8_bits(photo.pixels), ink, photo.icc))
        return array, 5 if ink == "cmyk" else 8
    array = joined(photo.pixels, photo.alpha, photo.mode)
    if array.ndim == 2:
        array = array[..., np.newaxis]
    return array, _PHOTOMETRIC[array.shape[2]]


def _layout(array: NDArray[Any], photometric: int, order: str, at: int) -> Fields:
    """The fields that describe the picture (TIFF 6.0, sections 4 and 6), in strips of 1 MiB."""
    height, width, samples = array.shape
    row = width * samples * array.dtype.itemsize
    rows = max(1, _STRIP // row)
    offsets = list(range(at, at + height * row, rows * row))
    lengths = [min(rows * row, at + height * row - offset) for offset in offsets]
    fields = {
        256: _numbers(order, _LONG, [width]),
        257: _numbers(order, _LONG, [height]),
        258: _numbers(order, _SHORT, [8 * array.dtype.itemsize] * samples),
        259: _numbers(order, _SHORT, [1]),
        262: _numbers(order, _SHORT, [photometric]),
        273: _numbers(order, _LONG, offsets),
        277: _numbers(order, _SHORT, [samples]),
        278: _numbers(order, _LONG, [rows]),
        279: _numbers(order, _LONG, lengths),
        284: _numbers(order, _SHORT, [1]),
        339: _numbers(order, _SHORT, [3 if array.dtype.kind == "f" else 1] * samples),
    }
    if photometric in (1, 2) and samples in (2, 4):
        fields[338] = _numbers(order, _SHORT, [2])
    if photometric == 8:
        del fields[339]  # Lab's a and b are signed by definition
    return fields


def _metadata(traveling: Traveling, order: str) -> Fields:
    fields: Fields = {ORIENTATION: _numbers(order, _SHORT, [traveling.orientation])}
    if traveling.resolution is not None:
        for tag, dots in zip((X_RESOLUTION, Y_RESOLUTION), traveling.resolution, strict=True):
            fields[tag] = (_RATIONAL, 1, struct.pack(order + "II", round(dots * 10000), 10000))
        fields[RESOLUTION_UNIT] = _numbers(order, _SHORT, [2])
    if traveling.icc is not None:
        fields[tiff_tags.ICC] = (_UNDEFINED, len(traveling.icc), traveling.icc)
    if traveling.xmp is not None:
        fields[tiff_tags.XMP] = (_BYTE, len(traveling.xmp), traveling.xmp)
    if traveling.iptc is not None:
        blocks = photoshop.without_thumbnails(traveling.iptc)
        fields[tiff_tags.PHOTOSHOP] = (_BYTE, len(blocks), blocks)
    return fields


def _numbers(order: str, kind: int, values: list[int]) -> tuple[int, int, bytes]:
    code = "H" if kind == _SHORT else "I"
    return kind, len(values), struct.pack(f"{order}{len(values)}{code}", *values)


def _directory(start: bytes, fields: Fields, order: str, at: int) -> tuple[int, bytes]:
    """Where the joined directory stands, and the bytes from `at`: long values, then itself."""
    block = Block(start)
    old = {entry.tag: start[entry.at : entry.at + 12] for entry in block.entries(block.first)}
    values = b""
    replaced = tiff_tags.STRUCTURE | set(fields)
    entries = {tag: entry for tag, entry in old.items() if tag not in replaced}
    for tag, (kind, count, data) in fields.items():
        inline = data.ljust(4, b"\0")
        if len(data) > 4:
            inline = struct.pack(order + "I", at + len(values))
            values += data + bytes(len(data) % 2)
        entries[tag] = struct.pack(order + "HHI", tag, kind, count) + inline
    joined_entries = b"".join(entries[tag] for tag in sorted(entries))
    directory = struct.pack(order + "H", len(entries)) + joined_entries + bytes(4)
    return at + len(values), values + directory
