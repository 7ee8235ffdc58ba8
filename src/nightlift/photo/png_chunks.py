"""The chunks of a PNG file: taken apart when read, put in again when written.

After the PNG specification, third edition (W3C 2025): sections 5 and 11.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from nightlift.errors import ReadError
from nightlift.photo import png_texts

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_METERS_PER_INCH = 0.0254
_MOST_PROFILE = 16 << 20
_PICTURE = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_GRAY, _RGB = 0, 2
_TRIFLES = frozenset({b"sBIT", b"bKGD", b"hIST", b"sPLT", b"tIME", b"iDOT", b"fcTL", b"fdAT"})
"""What a changed picture makes untrue, what is for old displays, and frames of an animation."""

_NAMES = {b"caBX": "content credentials (C2PA)", b"mDCV": "HDR data", b"cLLI": "HDR data"}


@dataclass
class Chunks:
    """What a PNG file says beside its picture; `color_type` as in table 11.1.

    What is packed and cannot be unpacked is empty. `transparent` is the one gray or RGB value
    that is (section 11.3.1.1). `gamma` is that of the codes, `primaries` are red, green, blue
    and white (11.3.2). `texts` are by keyword, all there are if `whole`, but for
    `profiles` that are packed into them, by kind; `left_out` names what is not taken. `ended`
    says whether there is a last chunk, `trailer` how many bytes follow it. `picture` are the chunks
    that decoders need: others they would unpack again, take for pictures of their own, or forget at
    some depths.
    """

    width: int
    height: int
    depth: int
    color_type: int
    exif: bytes | None = None
    xmp: bytes | None = None
    icc: bytes | None = None
    resolution: tuple[float, float] | None = None
    animated: bool = False
    code_points: tuple[int, int] = (2, 2)
    srgb: bool = False
    gamma: float | None = None
    primaries: tuple[tuple[float, float], ...] | None = None
    transparent: tuple[int, ...] | None = None
    texts: list[tuple[str, str]] = field(default_factory=list)
    whole: bool = True
    left_out: set[str] = field(default_factory=set)
    profiles: dict[str, bytes] = field(default_factory=dict)
    ended: bool = True
    trailer: int = 0
    picture: list[memoryview] = field(default_factory=list)

    @property
    def still(self) -> bytes:
        """A PNG file of the picture alone."""
        return SIGNATURE + b"".join(self.picture)


def header(data: bytes) -> Chunks:
    """Only what the first chunk says; ReadError where there is none or it makes no sense."""
    if data[12:16] == b"CgBI":
        raise ReadError("this is Apple's own kind of PNG (CgBI); save it as an ordinary PNG")
    if len(data) < 33 or data[12:16] != b"IHDR":
        raise ReadError("the PNG ends before its header does; the file is cut off")
    found = Chunks(*struct.unpack_from(">IIBB", data, 16))
    if found.depth not in (1, 2, 4, 8, 16):
        raise ReadError(f"the PNG is damaged: it says it has {found.depth} bits a channel")
    return found


def parse(data: bytes) -> Chunks:
    """Read every chunk and check its sum; ReadError where the picture's are damaged or missing."""
    found = header(data)
    view = memoryview(data)
    position = len(SIGNATURE)
    while position + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        stop = position + 12 + length
        if stop > len(data):
            break
        body = view[position + 8 : stop - 4]
        if zlib.crc32(view[position + 4 : stop - 4]) != struct.unpack_from(">I", data, stop - 4)[0]:
            if name in _PICTURE:
                raise ReadError(f"the PNG is damaged: its {_label(name)} chunk has errors")
            found.left_out.add(f"chunk {_label(name)}, which is damaged")
        elif name == b"tRNS" and found.color_type in (_GRAY, _RGB):
            found.transparent = _one_value(found, body)
        elif name in _PICTURE:
            found.picture.append(view[position:stop])
        else:
            _take(found, name, body)
        if name == b"IEND":
            found.trailer = len(data) - stop
            return found
        position = stop
    if len(data) - position >= 12 or not _is_whole(found.picture):
        raise ReadError("the PNG ends too early; the file is cut off")
    found.picture.append(memoryview(_chunk(b"IEND", b"")))
    found.ended = False
    return found


def _is_whole(picture: list[memoryview]) -> bool:
    """Whether the packed rows come to their end, where the file may lack its last chunk."""
    unpacking = zlib.decompressobj()
    try:
        for chunk in picture:
            packed: bytes | memoryview = chunk[8:-4] if bytes(chunk[4:8]) == b"IDAT" else b""
            while packed and not unpacking.eof:
                unpacking.decompress(packed, 1 << 20)
                packed = unpacking.unconsumed_tail
    except zlib.error:
        return False
    return unpacking.eof


def _label(name: bytes) -> str:
    return name.decode() if name.isalpha() else "nameless"


def _take(found: Chunks, name: bytes, body: memoryview) -> None:
    if name == b"eXIf":
        found.exif = bytes(body)
    elif name == b"iCCP" and found.icc is None:
        _, _, rest = bytes(body).partition(b"\0")
        found.icc = png_texts.inflate(rest[1:], _MOST_PROFILE)
    elif name in (b"tEXt", b"zTXt", b"iTXt"):
        _take_text(found, name, bytes(body))
    elif name == b"pHYs" and len(body) == 9:
        across, down, unit = struct.unpack(">IIB", body)
        if unit == 1 and across and down:
            found.resolution = across * _METERS_PER_INCH, down * _METERS_PER_INCH
    elif name == b"acTL":
        found.animated = True
    else:
        _take_color(found, name, body)


def _take_color(found: Chunks, name: bytes, body: memoryview) -> None:
    if name == b"cICP" and len(body) == 4:
        found.code_points = body[0], body[1]
    elif name == b"sRGB":
        found.srgb = True
    elif name == b"gAMA" and len(body) == 4 and any(body):
        found.gamma = 100_000 / int.from_bytes(body, "big")
    elif name == b"cHRM" and len(body) == 32:
        white, *rest = zip(*[iter(struct.unpack(">8I", body))] * 2, strict=True)
        found.primaries = tuple((x / 100_000, y / 100_000) for x, y in (*rest, white))
    elif name not in (*_TRIFLES, b"iCCP", b"pHYs", b"cICP", b"gAMA", b"cHRM"):
        found.left_out.add(_NAMES.get(name, f"chunk {_label(name)}"))


def _take_text(found: Chunks, name: bytes, body: bytes) -> None:
    keyword = png_texts.keyword_of(body)
    if keyword == png_texts.XMP:
        if found.xmp is None:
            found.xmp = png_texts.packet_of(body)
    elif kind := png_texts.raw_kind(keyword):
        if kind not in found.profiles:
            found.profiles[kind] = png_texts.raw_profile(name, body)
    else:
        room = png_texts.MOST_TEXT - sum(len(text) for _, text in found.texts)
        text = png_texts.text_of(name, body) if len(body) <= room else ""
        found.whole = found.whole and len(text) <= room and (bool(text) or name == b"tEXt")
        if 0 < len(text) <= room:
            found.texts.append((keyword, text))


def _one_value(found: Chunks, body: memoryview) -> tuple[int, ...] | None:
    """As the pixels have it that decoders give: of 8 bits at least."""
    if len(body) != (6 if found.color_type == _RGB else 2):
        return None
    scale = 255 // (2**found.depth - 1) if found.depth < 8 else 1
    return tuple(scale * value for value in struct.unpack(f">{len(body) // 2}H", body))


def with_metadata(
    encoded: bytes,
    *,
    exif: bytes | None,
    xmp: bytes | None,
    icc: bytes | None,
    resolution: tuple[float, float] | None,
    texts: Iterable[tuple[str, str]] = (),
    iptc: bytes | None = None,
) -> list[bytes | memoryview]:
    """An encoder's PNG with these chunks after its header, and only the picture of its own."""
    view = memoryview(encoded)
    pieces: list[bytes | memoryview] = [view[: len(SIGNATURE) + 25]]
    if icc is not None:
        pieces.append(_chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(icc)))
    if resolution is not None:
        across, down = (max(1, round(value / _METERS_PER_INCH)) for value in resolution)
        pieces.append(_chunk(b"pHYs", struct.pack(">IIB", across, down, 1)))
    if exif is not None:
        pieces.append(_chunk(b"eXIf", exif))
    if xmp is not None:
        pieces.append(_chunk(b"iTXt", png_texts.XMP.encode() + bytes(5) + xmp))
    if iptc is not None:
        pieces.append(_chunk(*png_texts.raw_chunk_of("iptc", iptc)))
    pieces += [_chunk(*png_texts.chunk_of(keyword, text)) for keyword, text in texts]
    position = len(SIGNATURE) + 25
    while position < len(encoded):
        length, name = struct.unpack_from(">I4s", encoded, position)
        if name in (b"IDAT", b"IEND"):
            pieces.append(view[position : position + 12 + length])
        position += 12 + length
    return pieces


def gray_alpha_16(rows: bytes, height: int, width: int) -> bytes:
    """A PNG of big-endian 16-bit gray and alpha, which no encoder at hand writes."""
    stride = 4 * width
    filtered = b"".join(b"\0" + rows[at : at + stride] for at in range(0, height * stride, stride))
    header = struct.pack(">IIBBBBB", width, height, 16, 4, 0, 0, 0)
    picture = _chunk(b"IDAT", zlib.compress(filtered, 4))
    return SIGNATURE + _chunk(b"IHDR", header) + picture + _chunk(b"IEND", b"")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
