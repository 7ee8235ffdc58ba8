"""HEIC files made by hand, after ISO/IEC 23008-12: a picture, Apple's gain map, and EXIF."""

import io
import struct

import av
import numpy as np
from av.video.frame import VideoFrame

GAIN_MAP = b"urn:com:apple:photo:2020:aux:hdrgainmap\0"


def box(kind, *parts):
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full(kind, *parts):
    return box(kind, bytes(4), *parts)


def hevc(pixels):
    """A picture's configuration (hvcC, ISO/IEC 14496-15, 8.3.3) and its coded data, lossless."""
    file = io.BytesIO()
    form = "gray" if pixels.ndim == 2 else "yuv420p"
    options = {"x265-params": "lossless=1:log-level=none", "preset": "ultrafast"}
    with av.open(file, "w", format="hevc") as out:
        stream = out.add_stream("libx265", rate=1, options=options)
        stream.height, stream.width = pixels.shape[:2]
        stream.pix_fmt, context = form, stream.codec_context
        context.color_range, context.colorspace = 2, 1
        frame = VideoFrame.from_ndarray(pixels, "gray" if form == "gray" else "rgb24")
        frame = frame.reformat(format=form, dst_colorspace=1, dst_color_range=2)
        frame.color_range, frame.colorspace = 2, 1
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    units = [unit.rstrip(b"\0") for unit in file.getvalue().split(b"\0\0\1")[1:]]
    heads = {unit[0] >> 1: unit for unit in units if unit[0] >> 1 in (32, 33, 34)}
    profile = heads[33].replace(b"\0\0\3", b"\0\0")[3:15]
    chroma = 0xFC if form == "gray" else 0xFD
    config = b"\1" + profile
    config += struct.pack(">HBBBBHBB", 0xF000, 0xFC, chroma, 0xF8, 0xF8, 0, 0x0F, len(heads))
    for kind, unit in sorted(heads.items()):
        config += struct.pack(">BHH", 0x80 | kind, 1, len(unit)) + unit
    coded = [unit for unit in units if unit[0] >> 1 < 32]
    return config, b"".join(struct.pack(">I", len(unit)) + unit for unit in coded)


def heic(base, codes, exif):
    """A file with the picture (h, w, 3), the map (h, w) and the TIFF block as its items 1 to 3."""
    config, first = hevc(base)
    map_config, second = hevc(codes)
    items = [first, second, struct.pack(">I", 6) + b"Exif\0\0" + exif]
    properties = [
        box(b"hvcC", config),
        full(b"ispe", struct.pack(">II", base.shape[1], base.shape[0])),
        box(b"hvcC", map_config),
        full(b"ispe", struct.pack(">II", codes.shape[1], codes.shape[0])),
        full(b"auxC", GAIN_MAP),
    ]
    used = struct.pack(">I", 2) + struct.pack(">HB2B", 1, 2, 0x81, 2)
    used += struct.pack(">HB3B", 2, 3, 0x83, 4, 0x85)
    kinds = [(1, b"hvc1"), (2, b"hvc1"), (3, b"Exif")]
    named = [box(b"infe", b"\2\0\0\0", struct.pack(">HH4s", *(n, 0, k)), b"\0") for n, k in kinds]

    def described(start):
        places = struct.pack(">BBH", 0x44, 0, len(items))
        for number, item in enumerate(items, 1):
            places += struct.pack(">HHHII", number, 0, 1, start, len(item))
            start += len(item)
        return full(
            b"meta",
            full(b"hdlr", bytes(4), b"pict", bytes(13)),
            full(b"pitm", struct.pack(">H", 1)),
            full(b"iloc", places),
            full(b"iinf", struct.pack(">H", len(items)), *named),
            full(
                b"iref",
                box(b"auxl", struct.pack(">HHH", 2, 1, 1)),
                box(b"cdsc", struct.pack(">HHH", 3, 1, 1)),
            ),
            box(b"iprp", box(b"ipco", *properties), full(b"ipma", used)),
        )

    head = box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    start = len(head) + len(described(0)) + 8
    return head + described(start) + box(b"mdat", *items)


def smooth(height, width):
    """A gray slope from corner to corner, uint8."""
    rows, columns = np.mgrid[0:height, 0:width]
    return np.round(200 * (rows / height + columns / width) / 2).astype(np.uint8)
