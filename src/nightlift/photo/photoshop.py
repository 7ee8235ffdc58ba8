"""Photoshop image resources, the blocks in which JPEG and TIFF files keep IPTC.

After Adobe's Photoshop file format specification: signature, number, name, length, data.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

IPTC, THUMBNAILS = 0x0404, (0x0409, 0x040C)
COPIES = frozenset({*THUMBNAILS, 0x0422, 0x0423, 0x0424, 0x0425})
"""Thumbnails, EXIF, XMP, and the checksum of the IPTC: what a changed photo makes untrue."""


def resource(number: int, body: bytes) -> bytes:
    """One resource without a name."""
    return b"8BIM" + struct.pack(">HHI", number, 0, len(body)) + body + bytes(len(body) % 2)


def from_iptc(records: bytes) -> bytes:
    """One resource that holds bare IPTC records."""
    return resource(IPTC, records)


def iptc_of(blocks: bytes) -> bytes | None:
    """The IPTC records among the resources; None where there are none."""
    return next((body for number, body in resources(blocks) if number == IPTC), None)


def resources(blocks: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and data of each resource, up to the first that is damaged."""
    for number, _, start, stop in _spans(blocks):
        yield number, blocks[start:stop]


def without_thumbnails(blocks: bytes) -> bytes:
    """The resources without the thumbnails, which show the photo as it was before."""
    kept, position = [], 0
    for number, first, _, stop in _spans(blocks):
        position = stop + (stop - first) % 2
        if number not in THUMBNAILS:
            kept.append(blocks[first:position])
    return b"".join(kept) + blocks[position:]


def _spans(blocks: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Number, first byte, and first and last byte of the data of each resource."""
    position = 0
    while blocks[position : position + 4] == b"8BIM" and position + 12 <= len(blocks):
        (number,) = struct.unpack_from(">H", blocks, position + 4)
        name = 1 + blocks[position + 6]
        start = position + 6 + name + name % 2
        if start + 4 > len(blocks):
            return
        (length,) = struct.unpack_from(">I", blocks, start)
        yield number, position, start + 4, min(start + 4 + length, len(blocks))
        position = start + 4 + length + length % 2
