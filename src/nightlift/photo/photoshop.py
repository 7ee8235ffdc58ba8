"""Photoshop image resources, the blocks in which JPEG and TIFF files keep IPTC.

After Adobe's Photoshop file format specification: signature, number, name, length, data.
"""

from __future__ import annotations

import struct

IPTC, THUMBNAILS = 0x0404, (0x0409, 0x040C)


def from_iptc(records: bytes) -> bytes:
    """One resource that holds bare IPTC records."""
    body = records + bytes(len(records) % 2)
    return b"8BIM" + struct.pack(">HHI", IPTC, 0, len(records)) + body


def without_thumbnails(blocks: bytes) -> bytes:
    """The resources without the thumbnails, which show the photo as it was before."""
    kept, position = [], 0
    while blocks[position : position + 4] == b"8BIM" and position + 12 <= len(blocks):
        (number,) = struct.unpack_from(">H", blocks, position + 4)
        name = 1 + blocks[position + 6]
        start = position + 6 + name + name % 2
        if start + 4 > len(blocks):
            break
        (length,) = struct.unpack_from(">I", blocks, start)
        stop = start + 4 + length + length % 2
        if number not in THUMBNAILS:
            kept.append(blocks[position:stop])
        position = stop
    return b"".join(kept) + blocks[position:]
