"""TIFF with 10, 12 or 14 bits a sample, packed without gaps, which no decoder at hand unpacks.

After TIFF 6.0, sections 3 (strips) and 4 (rows begin at whole bytes; the first bit is the highest).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightlift.errors import ReadError
from nightlift.photo.tiff_tags import Tiff, Value

DEPTHS = (10, 12, 14)
_NONE, _DEFLATE = 1, (8, 32946)
_PIECE = 1 << 20


def decode(
    tiff: Tiff, entries: dict[int, Value], shape: tuple[int, int, int], bits: int, planar: bool
) -> NDArray[np.uint16]:
    """(H, W, C) uint16 over their whole range, of a picture of this shape in strips.

    Raises:
        ReadError: strips are missing or damaged, or stored in a way that is not read.
    """
    height, width, samples = shape
    planes, inner = (samples, 1) if planar else (1, samples)
    row = -(-width * inner * bits // 8)
    out = np.empty((planes, height, width * inner), np.uint16)
    high = min(_number(tiff, entries, 278, height), height)
    tops = [(plane, top) for plane in range(planes) for top in range(0, height, max(1, high))]
    strips = _strips(tiff, entries, bits)
    for plane, top in tops:
        strip = next(strips, b"")
        rows = min(high, height - top)
        if len(strip) < rows * row:
            raise ReadError("the TIFF is damaged or cut off: a strip of its picture is too short")
        packed = np.frombuffer(strip, np.uint8, rows * row).reshape(rows, row)
        _unpack(packed, bits, out[plane, top : top + rows])
    return np.moveaxis(out, 0, 2) if planar else out.reshape(shape)


def _number(tiff: Tiff, entries: dict[int, Value], tag: int, default: int) -> int:
    return (tiff.numbers(entries.get(tag)) or (default,))[0]


def _strips(tiff: Tiff, entries: dict[int, Value], bits: int) -> Iterator[bytes]:
    compression = _number(tiff, entries, 259, _NONE)
    predicted, order = (_number(tiff, entries, tag, 1) != 1 for tag in (317, 266))
    known = compression == _NONE or compression in _DEFLATE
    if not known or predicted or order or 324 in entries:
        raise ReadError(
            f"this TIFF packs {bits} bits in a way that is not read; save it with 8 or 16 bits"
        )
    offsets, lengths = (tiff.numbers(entries.get(tag)) for tag in (273, 279))
    for offset, length in zip(offsets, lengths, strict=False):
        strip = tiff.data[offset : offset + length]
        yield strip if compression == _NONE else _inflated(strip)


def _inflated(strip: bytes) -> bytes:
    try:
        return zlib.decompress(strip)
    except zlib.error as error:
        raise ReadError(f"the TIFF is damaged: a strip cannot be unpacked ({error})") from error


def _unpack(packed: NDArray[np.uint8], bits: int, out: NDArray[np.uint16]) -> None:
    """Samples of `bits` bits in rows of bytes to uint16 over their whole range."""
    first, shift = np.divmod(np.arange(out.shape[1]) * bits, 8)
    most = 2**bits - 1
    levels = np.round(np.arange(most + 1) * (65535 / most)).astype(np.uint16)
    rows = max(1, _PIECE // out.shape[1])
    for top in range(0, len(packed), rows):
        piece: NDArray[Any] = np.pad(packed[top : top + rows], ((0, 0), (0, 2))).astype(np.uint32)
        word = piece[:, first] << 16 | piece[:, first + 1] << 8 | piece[:, first + 2]
        out[top : top + rows] = levels[word >> (24 - bits - shift) & most]
