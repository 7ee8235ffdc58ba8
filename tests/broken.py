"""Files that promise to be photos and are not: ten kinds and more."""

import struct
import zlib

import numpy as np
import simplejpeg

SMALL = np.arange(24 * 32 * 3, dtype=np.uint8).reshape(24, 32, 3)


def png(width: int, height: int, data: bytes = b"") -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


JPEG: bytes = simplejpeg.encode_jpeg(SMALL)

BROKEN: dict[str, bytes] = {
    "empty.jpg": b"",
    "truncated.jpg": JPEG[: len(JPEG) // 2],
    "header-only.jpg": JPEG[:20],
    "text.jpg": b"This is a letter, not a photo.\n" * 10,
    "page.png": b"<!DOCTYPE html><html><body>404</body></html>",
    "document.tif": b"%PDF-1.7\n" + bytes(200),
    "archive.webp": b"PK\x03\x04" + bytes(200),
    "random.jpg": np.random.default_rng(0).bytes(4000),
    "sizeless.png": png(0, 0),
    "bomb.png": png(60_000, 60_000, zlib.compress(bytes(1000))),
    "cut.png": png(32, 24, zlib.compress(np.random.default_rng(1).bytes(24 * 97)))[:1000],
    "animation.gif.jpg": b"GIF89a" + bytes(100),
}
