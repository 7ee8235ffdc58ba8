"""TIFF as it is written: the EXIF block itself is the file's start, so that all of it survives.

An EXIF block is a TIFF file without a picture. The picture is put behind it, then a new first
directory that joins the block's entries with the picture's; every offset inside the block, also
those of a maker's note, holds as before.
"""

from __future__ import annotations

import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightlift.errors import WriteError
from nightlift.photo import cmyk, photoshop, tiff_tags
from nightlift.photo.channels import joined, to_8_bits
from nightlift.photo.exif import ORIENTATION, RESOLUTION_UNIT, X_RESOLUTION, Y_RESOLUTION, ExifBlock
from nightlift.photo.metadata import Traveling
from nightlift.photo.photo import Photo

_STRIP = 1 << 20
_LEVEL = 4
"""zlib's; see `png.COMPRESSION`."""

_COMPRESSION, _PREDICTOR, _DEFLATE = 259, 317, 8
_BYTE, _SHORT, _LONG, _RATIONAL, _UNDEFINED = 1, 3, 4, 5, 7
_PHOTOMETRIC = {1: 1, 2: 1, 3: 2, 4: 2}
Fields = dict[int, tuple[int, int, bytes]]
"""Tag to type, number of values, and the values in the file's byte order."""


def encode(photo: Photo, traveling: Traveling, threads: int = 1) -> list[bytes | memoryview]:
    """The pieces of a TIFF file at the photo's own depth, CMYK and Lab kept.

    Packed (ZIP) where the photo came so.
    """
    start = traveling.exif or b"II*\0\x08\0\0\0" + bytes(6)
    order = ExifBlock(start).order
    array, photometric = _stored(photo)
    at = len(start) + len(start) % 2
    if at + array.nbytes + (1 << 24) > 0xFFFFFFFF:
        raise WriteError("a TIFF holds 4 GiB at most; write this photo as JPEG or PNG")
    if array.dtype.itemsize > 1:
        array = array.astype(array.dtype.newbyteorder(">" if order == ">" else "<"), copy=False)
    packed = photo.format == "tiff" and photo.lossless
    strips = _packed(array, threads) if packed else [_bytes_of(array)]
    lengths = list(map(len, strips)) if packed else _lengths(array)
    fields = _layout(array, photometric, order, at, lengths)
    if packed:
        fields[_COMPRESSION] = _numbers(order, _SHORT, [_DEFLATE])
        fields[_PREDICTOR] = _numbers(order, _SHORT, [1 if array.dtype.kind == "f" else 2])
    fields |= _metadata(traveling, order)
    size = sum(lengths)
    directory = _directory(start, fields, order, at + size + size % 2)
    header = start[:4] + struct.pack(order + "I", directory[0]) + start[8:]
    return [header.ljust(at, b"\0"), *strips, bytes(size % 2), directory[1]]


def _bytes_of(array: NDArray[Any]) -> memoryview:
    """The array's bytes without a copy, whatever their order."""
    flat: Any = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return memoryview(flat)


def _stored(photo: Photo) -> tuple[NDArray[Any], int]:
    """The array as it is stored, and its photometric interpretation."""
    if photo.mode in ("cmyk", "lab"):
        ink: cmyk.Ink = "cmyk" if photo.mode == "cmyk" else "lab"
        array = np.array(cmyk.from_srgb(to_8_bits(photo.pixels), ink, photo.icc, photo.inks))
        return array, 5 if ink == "cmyk" else 8
    array = joined(photo.pixels, photo.alpha, photo.mode)
    if array.ndim == 2:
        array = array[..., np.newaxis]
    return array, _PHOTOMETRIC[array.shape[2]]


def _rows(array: NDArray[Any]) -> int:
    """Rows of a strip of 1 MiB."""
    width, samples = array.shape[1:]
    return max(1, _STRIP // (int(width) * int(samples) * array.dtype.itemsize))


def _lengths(array: NDArray[Any]) -> list[int]:
    """Bytes of each strip."""
    row, rows = array.nbytes // array.shape[0], _rows(array)
    return [min(rows * row, array.nbytes - top) for top in range(0, array.nbytes, rows * row)]


def _packed(array: NDArray[Any], threads: int) -> list[bytes]:
    """Strips packed by zlib, whole numbers as differences along rows (sections 14 and 8)."""
    rows = _rows(array)
    strips = [array[top : top + rows] for top in range(0, array.shape[0], rows)]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(_pack, strips))


def _pack(strip: NDArray[Any]) -> bytes:
    if strip.dtype.kind != "f":
        before = np.zeros_like(strip)
        before[:, 1:] = strip[:, :-1]
        strip = (strip - before).astype(strip.dtype)  # of its own byte order again
    return zlib.compress(_bytes_of(strip), _LEVEL)


def _layout(
    array: NDArray[Any], photometric: int, order: str, at: int, lengths: list[int]
) -> Fields:
    """The fields that describe the picture in strips of these lengths (TIFF 6.0, sections 4, 6)."""
    height, width, samples = array.shape
    rows = _rows(array)
    offsets = list(accumulate(lengths, initial=at))[:-1]
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
        records = photoshop.iptc_of(blocks)
        if records is not None:
            fields[tiff_tags.IPTC] = (_UNDEFINED, len(records), records)
    return fields


def _numbers(order: str, kind: int, values: list[int]) -> tuple[int, int, bytes]:
    code = "H" if kind == _SHORT else "I"
    return kind, len(values), struct.pack(f"{order}{len(values)}{code}", *values)


def _directory(start: bytes, fields: Fields, order: str, at: int) -> tuple[int, bytes]:
    """Where the joined directory stands, and the bytes from `at`: long values, then itself."""
    block = ExifBlock(start)
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
