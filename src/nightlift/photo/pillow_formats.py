"""WebP, AVIF and BMP, which Pillow reads and writes."""

from __future__ import annotations

import io
import struct
from typing import Any

from nightlift.errors import WriteError
from nightlift.photo import boxes, cicp, pillow_images, xmp
from nightlift.photo import exif as exif_blocks
from nightlift.photo.channels import gray_of, joined, to_8_bits
from nightlift.photo.metadata import GAIN_MAP, Traveling
from nightlift.photo.photo import Format, Photo

_MOST_SIDE = {"webp": 16383, "avif": 32768}
"""Pixels: what the format can say, and what libavif reads again."""

_WEBP_CHUNKS = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"})
_WEBP_CHUNKS |= {b"ICCP", b"EXIF", b"XMP "}
_DEEP_AVIF = "AVIF with more than 8 bits was read with 8"
_ANIMATED = "only the first picture of the animation was read"


def decode(data: bytes, format: Format) -> Photo:
    """Read a WebP, AVIF or BMP file; ReadError where it is cut off or damaged."""
    name = format.upper()
    image = pillow_images.open_image(data, name)
    animated = getattr(image, "n_frames", 1) > 1
    info = dict(image.info)
    pillow_images.load(image, name)
    pixels, alpha, mode = pillow_images.channels_of(image)
    if format == "avif" and _av1_flags(data) & 0x10 and bool((pixels == pixels[..., :1]).all()):
        mode = "gray"
    exif = _exif(info.get("exif"))
    deep = format == "avif" and bool(_av1_flags(data) & 0x40)
    found = [sentence for sentence, true in ((_ANIMATED, animated), (_DEEP_AVIF, deep)) if true]
    if xmp.has_gain_map(info.get("xmp")) or (format == "avif" and boxes.has_gain_map(data)):
        found.append(GAIN_MAP)
    lost = {"avif": boxes.left_out, "webp": _unknown_chunks}.get(format)
    if lost is not None and (names := lost(data)):
        found.append(f"left out: {', '.join(names)}")
    icc = info.get("icc_profile") or (_bmp_profile(data) if format == "bmp" else None)
    if icc is None and format == "avif":
        icc, notices = cicp.profile(*cicp.in_boxes(data))
        found += notices
    return Photo(
        pixels,
        alpha,
        mode,
        orientation=exif_blocks.orientation(exif),
        icc=icc,
        exif=exif,
        xmp=info.get("xmp") or None,
        resolution=pillow_images.resolution_of(image) or exif_blocks.resolution(exif),
        format=format,
        subsampling=_subsampling(format, data),
        lossless=_is_lossless(format, data),
        notices=tuple(found),
    )


def _exif(block: bytes | None) -> bytes | None:
    return block.removeprefix(b"Exif\0\0") or None if block else None


def _is_lossless(format: Format, data: bytes) -> bool:
    """Of an AVIF by its matrix: RGB as it is, or one that can be undone (ITU-T H.273, table 4)."""
    if format == "webp":
        return _is_lossless_webp(data)
    at = data.find(b"colrnclx", 0, 1 << 16)
    return (
        format == "avif" and at >= 0 and data[at + 12 : at + 14] in (b"\0\0", b"\0\x0f", b"\0\x10")
    )


def _is_lossless_webp(data: bytes) -> bool:
    """By its first chunk of a picture, which may stand in a frame (RFC 9649, section 2)."""
    position = 12
    while position + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, position)
        if name in (b"VP8 ", b"VP8L"):
            return bool(name == b"VP8L")
        position += 24 if name == b"ANMF" else 8 + length + length % 2
    return False


def _unknown_chunks(data: bytes) -> tuple[str, ...]:
    """Names of a WebP file's chunks that are not taken (RFC 9649, section 2.7)."""
    found, position = set(), 12
    while position + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, position)
        if name not in _WEBP_CHUNKS:
            label = "".join(filter(str.isprintable, name.decode("latin-1"))).strip()
            found.add("content credentials (C2PA)" if name == b"C2PA" else f"chunk {label}")
        position += 8 + length + length % 2
    return tuple(sorted(found))


def _bmp_profile(data: bytes) -> bytes | None:
    """The profile in a BMP of version 5, or None (Microsoft's BITMAPV5HEADER)."""
    if len(data) < 138 or data[14:18] != b"\x7c\0\0\0" or data[70:74] != b"DEBM":
        return None
    offset, length = struct.unpack_from("<II", data, 126)
    return data[14 + offset : 14 + offset + length] or None


def _av1_flags(data: bytes) -> int:
    """Of the AV1 configuration: 0x40 for more than 8 bits, 0x10 for gray, 0x0C for smaller chroma.

    See AV1 in ISOBMFF, section 2.3.3.
    """
    at = data.find(b"av1C", 0, 1 << 16)
    return data[at + 6] if 0 <= at < len(data) - 6 else 0


def _subsampling(format: Format, data: bytes) -> str | None:
    """That of an AVIF file, None for other formats."""
    names = {0x0C: "420", 0x08: "422", 0x00: "444"}
    return names.get(_av1_flags(data) & 0x0C) if format == "avif" else None


def encode(photo: Photo, format: Format, traveling: Traveling, quality: int) -> list[bytes]:
    """The pieces of a WebP, AVIF or BMP file of 8 bits; what was lossless stays so in WebP."""
    most = _MOST_SIDE.get(format)
    if most is not None and max(photo.height, photo.width) > most:
        limit = f"{format.upper()} has at most {most} pixels a side"
        raise WriteError(f"{limit}; write this photo as PNG or TIFF")
    image = _image(photo, format)
    file = io.BytesIO()
    try:
        if format == "webp":
            image.save(file, "WEBP", **_webp_options(photo, quality), **_chunks(traveling))
        elif format == "avif":
            chunks = _chunks(traveling) | _turned(traveling)
            best = photo.format == "avif" and photo.lossless
            chunks |= {"quality": 100 if best else quality, "subsampling": _avif_units(photo)}
            image.save(file, "AVIF", **chunks)
        else:
            image.save(file, "BMP", dpi=traveling.resolution or (0, 0))
    except Exception as error:  # encoders raise nearly anything
        raise WriteError(f"the {format.upper()} encoder refused this photo: {error}") from error
    return [file.getvalue()]


def _image(photo: Photo, format: Format) -> Any:
    from PIL import Image

    pixels = to_8_bits(photo.pixels)
    alpha = to_8_bits(photo.alpha) if photo.alpha is not None and format != "bmp" else None
    if photo.mode == "gray" and alpha is None:
        return Image.fromarray(gray_of(pixels))
    return Image.fromarray(joined(pixels, alpha, "rgb"))


def _webp_options(photo: Photo, quality: int) -> dict[str, Any]:
    """`exact` keeps the colors under transparent pixels; method 4 is the encoder's own choice."""
    if photo.format == "webp" and photo.lossless:
        return {"lossless": True, "exact": True}
    return {"quality": quality, "exact": photo.alpha is not None}


def _avif_units(photo: Photo) -> str:
    """The subsampling that a photo is written with: its own, where it is an AVIF; gray has none."""
    if photo.mode == "gray":
        return "4:0:0"
    own = photo.subsampling if photo.format == "avif" else None
    return ":".join(own or "420")


def _chunks(traveling: Traveling) -> dict[str, bytes]:
    return {
        "icc_profile": traveling.icc or b"",
        "exif": traveling.exif or b"",
        "xmp": traveling.xmp or b"",
    }


def _turned(traveling: Traveling) -> dict[str, Any]:
    """EXIF for AVIF, whose boxes tell the orientation too, byte for byte as it is.

    Of bytes Pillow makes a block of its own, in which a maker's note has lost its offsets; of an
    object it asks the orientation and then the bytes.
    """
    from PIL import Image

    class Block(Image.Exif):
        def tobytes(self, offset: int = 8) -> bytes:
            return traveling.exif or b""

    block = Block()
    block[exif_blocks.MAKER] = "so that it is not empty"
    block[exif_blocks.ORIENTATION] = traveling.orientation
    return {"exif": block} if traveling.exif else {}
