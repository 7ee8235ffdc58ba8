r"""The segments of a JPEG file: taken apart when read, put in again when written.

Markers after ITU-T T.81, annex B; JFIF after ITU-T T.871; EXIF in APP1 after EXIF 2.32 (4.7.2);
XMP in APP1 after XMP part 3 (1.1.3); ICC in APP2 after ICC.1:2022 (annex B.4); Photoshop
resources, which hold IPTC, in APP13.
"""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from nightlift.errors import ReadError
from nightlift.photo import xmp_extension
from nightlift.photo.jpeg_quantization import Quantization

EXIF = b"Exif\0\0"
XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
ICC = b"ICC_PROFILE\0"
PHOTOSHOP = b"Photoshop 3.0\0"
LIMIT = 65533
"""The most bytes one segment can hold."""
MOST_ICC = 255 * (LIMIT - 14)
"""The longest profile: its segments are counted by a byte."""
_EXTENSION_PIECE = 65000

_MARKER = re.compile(rb"\xff[\x02-\xcf\xd9-\xfe]")
"""Of a segment or the end: neither a stuffed zero, a fill byte nor a marker without a body."""

_END = b"\xff\xd9"
_AT_ONCE = 1 << 24
"""Bytes of a file that are searched together."""

_DQT, _FRAMES = 0xDB, (0xC0, 0xC1, 0xC2)
_NO_FRAMES = (0xC4, 0xC8, 0xCC)
_UNREAD = {0xC3: "a lossless one", 0xCB: "a lossless one", 0xF7: "a JPEG-LS"}
_UNREAD |= dict.fromkeys((0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF), "a hierarchical one")
_SOS, _EOI, _APP0, _APP1, _APP2, _APP13 = 0xDA, 0xD9, 0xE0, 0xE1, 0xE2, 0xED
_APP14, _APP15, _COM = 0xEE, 0xEF, 0xFE
_NAMES = {
    (_APP1, b"FLIR\0"): "FLIR's thermal data",
    (0xEB, b"c2pa"): "content credentials (C2PA)",
    (0xEB, b"jumb"): "JUMBF boxes (APP11)",
    (0xEC, b"Ducky"): "Photoshop's quality (APP12)",
}
_TRIFLES = (b"AROT", b"FPXR\0")
"""What Apple's phones put into every photo, and FlashPix."""


@dataclass(eq=False, repr=False)
class Segments:
    """What travels in a JPEG file beside its picture; `trailer` is what follows its end.

    `extended_xmp` are packets by the GUID under which the first one names its own. `stray` says
    that there are bytes between segments that belong to none; `left_out` are names of segments
    that are not kept, `gain_map` the body of ISO 21496-1's.
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    extended_xmp: dict[bytes, bytes] = field(default_factory=dict)
    icc: bytes | None = None
    photoshop: bytes | None = None
    resolution: tuple[float, float] | None = None
    comments: list[bytes] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)
    multi_picture: bool = False
    gain_map: bytes | None = None
    complete: bool = True
    stray: bool = False
    trailer: bytes = b""
    quantization: Quantization = field(default_factory=Quantization)
    _icc: dict[int, bytes] = field(default_factory=dict)
    _extended: dict[bytes, dict[int, bytes]] = field(default_factory=dict)


def parse(data: bytes | mmap.mmap) -> Segments:
    """Read every segment before the picture; ReadError where there is no picture at all."""
    found = Segments()
    position = 2
    for marker, start, stop in walk(data):
        found.stray = found.stray or bool(data[position : start - 4].strip(b"\xff"))
        position = stop
        if marker == _SOS:
            break
        _take(found, marker, data[start:stop] if marker <= _COM else b"")
    else:
        raise ReadError("the JPEG ends before its picture begins; the file is cut off or damaged")
    found.icc = b"".join(found._icc[number] for number in sorted(found._icc)) or None
    for guid, parts in found._extended.items():
        found.extended_xmp[guid] = b"".join(parts[offset] for offset in sorted(parts))
    _find_end(found, data, position)
    return found


def mended(data: bytes, segments: Segments) -> bytes:
    """The file without stray bytes between segments, and with an end marker."""
    if segments.stray:
        kept, scan = [data[:2]], 2
        for marker, start, stop in walk(data):
            kept.append(data[start - 4 : stop])
            if marker == _SOS:
                scan = stop
                break
        data = b"".join([*kept, data[scan:]])
    return data if segments.complete else data + b"\xff\xd9"


def bare(data: bytes) -> bytes:
    """The file without metadata: what a decoder says about damaged ones is about no picture."""
    kept = [data[:2]]
    for marker, start, stop in walk(data):
        if marker == _SOS:
            return b"".join([*kept, data[start - 4 :]])
        if not (_APP0 <= marker <= _APP15 or marker == _COM) or marker == _APP14:
            kept.append(data[start - 4 : stop])
    return data


def kind_unread(data: bytes) -> str | None:
    """What a JPEG is called whose process decoders do not know (T.81, table B.1), or None."""
    for marker, start, _ in walk(data):
        if marker in _UNREAD:
            return _UNREAD[marker]
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAMES and data[start] > 8:
            return f"one of {data[start]} bits"
    return None


def _find_end(found: Segments, data: bytes | mmap.mmap, position: int) -> None:
    """Where the picture ends: entropy-coded data never holds the end marker (B.1.1.5)."""
    announced = found.multi_picture or found.gain_map or b"Motion" in (found.xmp or b"")
    announced = announced or b"Micro" in (found.xmp or b"")
    if data[-2:] == _END and not announced and not _occurs(data, position, len(data) - 2):
        return  # nearly every file
    end = data.find(_END, position)
    found.complete = end >= 0
    found.trailer = data[end + 2 :] if end >= 0 else b""


def _occurs(data: bytes | mmap.mmap, start: int, stop: int) -> bool:
    """Whether an end marker lies between: that of a picture with another one behind it.

    From behind, which is twice as fast; the pages of a large file do not stay in memory.
    """
    while start < stop:
        low = max(start, (stop - 1) // _AT_ONCE * _AT_ONCE)
        if data.rfind(_END, low, stop + 1) >= 0:
            return True
        if not isinstance(data, bytes) and hasattr(data, "madvise"):
            data.madvise(mmap.MADV_DONTNEED, low // _AT_ONCE * _AT_ONCE, stop - low)
        stop = low
    return False


def walk(data: bytes | mmap.mmap) -> Iterator[tuple[int, int, int]]:
    """Marker, first and last byte of the body of each segment, up to the first scan's header.

    Whoever goes on after it walks through entropy-coded data. Stray bytes are skipped.
    """
    position = 2
    while (found := _MARKER.search(data, position)) and found.start() + 4 <= len(data):
        marker, start = data[found.start() + 1], found.start() + 4
        if marker == _EOI:
            return
        length = int.from_bytes(data[start - 2 : start], "big")
        position = start - 2 + length
        if length < 2 or position > len(data):
            return
        yield marker, start, position


def _take(found: Segments, marker: int, body: bytes) -> None:
    if marker == _DQT:
        found.quantization.define(body)
    elif marker in _FRAMES:
        found.quantization.name(body)
    elif marker == _APP0 and body.startswith(b"JFIF\0") and len(body) >= 12:
        found.resolution = _jfif_resolution(body)
    elif marker == _APP1 and body.startswith(EXIF):
        found.exif = found.exif or body[len(EXIF) :]
    elif marker == _APP1 and body.startswith(XMP):
        found.xmp = found.xmp or body[len(XMP) :]
    elif marker == _APP1 and body.startswith(EXTENDED_XMP):
        start = len(EXTENDED_XMP) + 32
        _, offset = struct.unpack_from(">II", body.ljust(start + 8, b"\0"), start)
        guid = body[len(EXTENDED_XMP) : start]
        found._extended.setdefault(guid, {})[offset] = body[start + 8 :]
    elif marker == _APP2 and body.startswith(ICC) and len(body) >= 14:
        found._icc[body[12]] = body[14:]
    elif marker == _APP2 and body.startswith(b"MPF\0"):
        found.multi_picture = True
    elif marker == _APP2 and body.startswith(b"urn:iso:std:iso:ts:21496"):
        found.gain_map = body
    elif marker == _COM:
        found.comments.append(body)
    elif marker == _APP13 and body.startswith(PHOTOSHOP):
        found.photoshop = (found.photoshop or b"") + body[len(PHOTOSHOP) :]
    elif (_APP0 < marker < _APP14 or marker == _APP15) and not body.startswith(_TRIFLES):
        found.left_out.add(_name(marker, body))


def _name(marker: int, body: bytes) -> str:
    """What a segment is called that is not kept."""
    known = [name for (number, start), name in _NAMES.items() if number == marker and start in body]
    return known[0] if known else f"APP{marker - _APP0}"


def _jfif_resolution(body: bytes) -> tuple[float, float] | None:
    unit, across, down = struct.unpack_from(">BHH", body, 7)
    if unit not in (1, 2) or not across or not down:
        return None
    scale = 2.54 if unit == 2 else 1.0
    return across * scale, down * scale


def picture_of(encoded: bytes) -> tuple[memoryview, bool]:
    """An encoder's JPEG from its first table on, and whether it began with a JFIF header.

    Keeps an Adobe segment, without which CMYK is not understood.
    """
    for marker, start, _ in walk(encoded):
        if marker != _APP0:
            return memoryview(encoded)[start - 4 :], start - 4 > 2
    raise ReadError("the JPEG encoder returned no picture")


def head(
    *,
    jfif: bool,
    resolution: tuple[float, float] | None,
    exif: bytes | None,
    xmp: bytes | None,
    photoshop: bytes | None,
    icc: bytes | None,
    comments: Iterable[bytes] = (),
) -> bytes:
    """The start of a JPEG file: SOI, all application segments and comments."""
    parts = [b"\xff\xd8"]
    if jfif:
        parts.append(_jfif(resolution))
    if exif is not None:
        parts.append(segment(_APP1, EXIF, exif))
    if xmp is not None:
        parts.extend(_xmp_segments(xmp))
    if photoshop is not None:
        room = LIMIT - len(PHOTOSHOP)
        parts.extend(segment(_APP13, PHOTOSHOP, piece) for piece in _pieces(photoshop, room))
    if icc is not None:
        pieces = _pieces(icc, LIMIT - 14)
        for number, piece in enumerate(pieces, 1):
            parts.append(segment(_APP2, ICC + bytes([number, len(pieces)]), piece))
    parts.extend(segment(_COM, b"", comment[:LIMIT]) for comment in comments)
    return b"".join(parts)


def _jfif(resolution: tuple[float, float] | None) -> bytes:
    """Dots per inch; dots per centimeter where only those are whole; no unit for unknown."""
    unit, dots = (1, resolution) if resolution is not None else (0, (1.0, 1.0))
    metric = dots[0] / 2.54, dots[1] / 2.54
    if not _whole(dots) and _whole(metric):
        unit, dots = 2, metric
    across, down = (min(65535, max(1, round(value))) for value in dots)
    return segment(_APP0, b"JFIF\0", struct.pack(">HBHHBB", 0x0101, unit, across, down, 0, 0))


def _whole(dots: tuple[float, float]) -> bool:
    return all(abs(value - round(value)) < 1e-6 for value in dots)


def segment(marker: int, name: bytes, body: bytes) -> bytes:
    """A segment of this marker, with its length, whose body begins with a name."""
    return struct.pack(">BBH", 0xFF, marker, 2 + len(name) + len(body)) + name + body


def _pieces(data: bytes, size: int) -> Sequence[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def _xmp_segments(packet: bytes) -> list[bytes]:
    """One segment where it fits, else one of what fits and extended XMP of the rest."""
    if len(packet) + len(XMP) <= LIMIT:
        return [segment(_APP1, XMP, packet)]
    main, extension = xmp_extension.split(packet, LIMIT - len(XMP))
    guid = xmp_extension.guid(extension)
    parts = [segment(_APP1, XMP, main)]
    for number, piece in enumerate(_pieces(extension, _EXTENSION_PIECE)):
        place = struct.pack(">II", len(extension), number * _EXTENSION_PIECE)
        parts.append(segment(_APP1, EXTENDED_XMP + guid + place, piece))
    return parts
