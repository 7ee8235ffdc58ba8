"""Mutated files, and which lines of ours they reach: the fuzzer that is always there."""

import itertools
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

import nightlift
from nightlift.photo import photoshop
from nightlift.photo.photo import Photo
from nightlift.photo.writing import encode
from tests.photo import files

FAULTS = Path(__file__).resolve().parents[1] / "faults"
ROOM = str(Path(nightlift.__file__).parent)
FORMATS = ["jpeg", "png", "tiff", "webp", "avif", "bmp"]
NUMBERS = [0, 1, 2, 3, 7, 8, 255, 256, 65535, 2**31 - 1, 2**31, 2**32 - 8, 2**32 - 1, 2**63]


def seeds(format):
    """Files of a format with all that may travel in them, and those that once were a fault."""
    iptc = photoshop.from_iptc(b"\x1c\x02\x05\0\5night\x1c\x02\x5a\0\4City")
    packet = files.xmp_packet("<exif:GPSLatitude>4</exif:GPSLatitude>", 'tiff:Orientation="6"')
    profiles = [files.matrix_profile(files.P3, files.SRGB_TONE), files.table_profile()]
    for profile, dtype in itertools.product(profiles, [np.uint8, np.uint16, np.float32]):
        photo = Photo(
            files.noise((19, 23, 3), dtype),
            alpha=files.noise((19, 23), dtype),
            orientation=6,
            icc=profile,
            exif=files.exif_block(6, thumbnail=b"small" * 9),
            xmp=packet,
            iptc=iptc,
            texts=(("Comment", "night"), ("Title", "\U0001f319")),
        )
        yield encode(photo, format=format)
    image = Image.fromarray(files.gradient(16, 16))
    for other in (image.convert("CMYK"), image.convert("1"), image.quantize(9)):
        try:
            yield files.pillow_bytes(other, format.upper())
        except (OSError, KeyError):  # a mode that the format does not have, or that Pillow has not
            continue
    magic = encode(Photo(files.gradient(8, 8)), format=format)[:2]
    for path in FAULTS.glob("*/*"):
        if path.stat().st_size < 30_000 and path.read_bytes()[:2] == magic:
            yield path.read_bytes()


def mutated(data, rng):
    """Bytes, numbers, pieces left out, repeated or cut off; mostly where headers are."""
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4, 8])):
        if len(data) < 2:
            break
        at = rng.randrange(min(len(data), rng.choice([64, 2000, len(data)])))
        kind = rng.random()
        if kind < 0.4:
            data[at] = rng.choice([0, 1, 255, data[at] ^ 1 << rng.randrange(8), rng.randrange(256)])
        elif kind < 0.75:
            width, order = rng.choice([1, 2, 4, 8]), rng.choice(["little", "big"])
            number = rng.choice(NUMBERS) & (1 << 8 * width) - 1
            data[at : at + width] = number.to_bytes(width, order)
        elif kind < 0.85:
            del data[at : at + rng.randrange(1, 40)]
        elif kind < 0.95:
            start = rng.randrange(len(data))
            data[at:at] = data[start : start + rng.randrange(1, 40)]
        else:
            del data[at + 1 :]
    return with_sums(bytes(data)) if data[:4] == b"\x89PNG" else bytes(data)


def with_sums(data):
    """A PNG whose chunks' sums are right, without which nothing else would be looked at."""
    parts, at = [data[:8]], 8
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            break
        body = data[at + 8 : at + 8 + length]
        parts.append(struct.pack(">I", length) + name + body)
        parts.append(struct.pack(">I", zlib.crc32(name + body)))
        at += 12 + length
    return b"".join([*parts, data[at:]])


def lines_of(act):
    """The lines of ours that an act reaches."""
    reached = set()

    def trace(frame, event, _):
        if not frame.f_code.co_filename.startswith(ROOM):
            return None
        reached.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(None)
    return reached
