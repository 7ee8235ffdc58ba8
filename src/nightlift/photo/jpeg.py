"""JPEG: decoded by libjpeg-turbo straight into the photo's array, its segments by ourselves."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from mmap import mmap
from typing import TYPE_CHECKING

import numpy as np
import simplejpeg

from nightlift.errors import ReadError, WriteError
from nightlift.photo import (
    cmyk,
    jpeg_rows,
    jpeg_segments,
    jpeg_strips,
    photoshop,
    xmp,
    xmp_extension,
)
from nightlift.photo import exif as exif_blocks
from nightlift.photo.buffer_pool import BufferPool
from nightlift.photo.channels import gray_of, to_8_bits
from nightlift.photo.formats import check_size
from nightlift.photo.jpeg_segments import Segments
from nightlift.photo.metadata import COMMENT, GAIN_MAP, Traveling
from nightlift.photo.photo import Photo, Pixels

if TYPE_CHECKING:
    from nightlift.photo.gain_map import GainMap

SUBSAMPLINGS = ("444", "422", "420", "440", "411")
MOST_SIDE = 65500
"""In pixels: what encoders and decoders take, a little less than the format's own 65535."""

DAMAGED = "the JPEG has errors in its data; what could be read of it was kept"


def decode(data: bytes, threads: int = 1, buffers: BufferPool | None = None) -> Photo:
    """Read a JPEG file, into `buffers` where it is given and one thread decodes.

    ReadError where it is cut off or cannot be decoded.
    """
    segments = jpeg_segments.parse(data)
    damaged = segments.stray or not segments.complete
    if damaged:
        data = jpeg_segments.mended(data, segments)
    photo = _decode_or_bare(data, segments, threads, buffers)
    if damaged and DAMAGED not in photo.notices:
        photo = replace(photo, notices=(DAMAGED, *photo.notices))
    return photo


def _decode_or_bare(
    data: bytes, segments: Segments, threads: int, buffers: BufferPool | None
) -> Photo:
    """Once more without metadata where that fails: their damage costs no picture."""
    try:
        return _decode(data, segments, threads, buffers)
    except ReadError:
        if (kind := jpeg_segments.kind_unread(data)) is not None:
            raise ReadError(
                f"this JPEG is {kind}, which is not read; save it as an ordinary JPEG"
            ) from None
        bare = jpeg_segments.bare(data)
        if len(bare) == len(data):
            raise
        return _decode(bare, segments, threads, buffers)


def _decode(data: bytes, segments: Segments, threads: int, buffers: BufferPool | None) -> Photo:
    try:
        height, width, space, subsampling = simplejpeg.decode_jpeg_header(data, strict=False)
    except (ValueError, KeyError):  # the latter for a subsampling it has no name for
        return _decode_by_pillow(data, segments)
    check_size(width, height)
    if space in ("CMYK", "YCCK"):
        return _decode_by_pillow(data, segments)
    several = threads > 1 and height * width >= jpeg_strips.LARGE
    pixels = jpeg_rows.decode(data, threads) if several else None
    notices: tuple[str, ...] = ()
    if pixels is None:
        into = None if buffers is None else buffers.of(3 * height * width)
        pixels, notices = _decode_pixels(data, (height, width), into)
    gray = space == "Gray"
    photo = Photo(pixels, mode="gray" if gray else "rgb", format="jpeg", notices=notices)
    return _with_segments(photo, segments, None if gray else subsampling, data)


def outline(data: bytes | mmap) -> Photo | None:
    """All of a JPEG but its pixels: they stand for their shape alone, and take no memory.

    None where they would not be those of a file that `simplejpeg` decodes.
    """
    segments = jpeg_segments.parse(data)
    try:
        head = data[: 1 << 20]
        height, width, space, subsampling = simplejpeg.decode_jpeg_header(head, strict=False)
    except (ValueError, KeyError):
        return None
    if segments.stray or not segments.complete or space in ("CMYK", "YCCK"):
        return None
    gray = space == "Gray"
    nothing = np.broadcast_to(np.zeros(1, np.uint8), (height, width, 3))
    photo = Photo(nothing, mode="gray" if gray else "rgb", format="jpeg")
    return _with_segments(photo, segments, None if gray else subsampling)


def _decode_pixels(
    data: bytes, shape: tuple[int, int], into: Pixels | None
) -> tuple[Pixels, tuple[str, ...]]:
    """(H, W, 3) in `into` or its own array; errors that are no cutting off become a notice."""
    try:
        return simplejpeg.decode_jpeg(data, buffer=into), ()
    except ValueError as error:
        if "remature end" in str(error):
            raise ReadError("the JPEG ends too early; the file is cut off or damaged") from error
    if into is None:
        into = np.empty(3 * shape[0] * shape[1], np.uint8)
    try:
        if any(_reaches_last_row(data, shape, into, fill) for fill in (0, 255)):
            return simplejpeg.decode_jpeg(data, strict=False, buffer=into), (DAMAGED,)
    except ValueError as error:
        raise ReadError(f"the JPEG cannot be decoded: {error}") from error
    raise ReadError("the JPEG is damaged: its picture cannot be decoded to its end")


def _reaches_last_row(data: bytes, shape: tuple[int, int], into: Pixels, fill: int) -> bool:
    """Whether the decoder writes the last row: where it gives up, memory stays as it was."""
    row = 3 * shape[1]
    last = into[row * (shape[0] - 1) : row * shape[0]]
    last[:] = fill
    simplejpeg.decode_jpeg(data, strict=False, buffer=into)
    return bool(np.any(last != fill))


def _decode_by_pillow(data: bytes, segments: Segments) -> Photo:
    """CMYK, and the rare samplings that libjpeg-turbo's simple interface does not know."""
    from nightlift.photo import pillow_images

    image = pillow_images.load(pillow_images.open_image(data, "JPEG"), "JPEG")
    if image.mode != "CMYK":
        pixels, _, mode = pillow_images.channels_of(image)
        return _with_segments(Photo(pixels, mode=mode, format="jpeg"), segments, None)
    fits = cmyk.serves(segments.icc, "cmyk")
    notices = () if fits or segments.icc is None else ("the color profile is not one for CMYK",)
    segments.icc = segments.icc if fits else None
    pixels = cmyk.to_srgb(image, "cmyk", segments.icc)
    inks = np.asarray(image)
    photo = Photo(pixels, mode="cmyk", format="jpeg", notices=notices, inks=inks)
    return _with_segments(photo, segments, None)


def _with_segments(
    photo: Photo, segments: Segments, subsampling: str | None, data: bytes = b""
) -> Photo:
    """With all that travels; a gain map, too, where the whole file is given as `data`."""
    packet = xmp_extension.merged(segments.xmp, segments.extended_xmp)
    kept = _gain_map(data, segments, packet, photo)
    lost = _extras(segments, packet, kept)
    if packet is not None and (lost or kept is not None) and xmp.is_sound(packet):
        packet = xmp.without_extras(packet)
    if segments.left_out:
        lost += (f"left out: {', '.join(sorted(segments.left_out))}",)
    return replace(
        photo,
        orientation=exif_blocks.orientation(segments.exif),
        icc=segments.icc,
        exif=segments.exif,
        xmp=packet,
        iptc=segments.photoshop,
        texts=tuple((COMMENT, _text(comment)) for comment in segments.comments),
        resolution=segments.resolution or exif_blocks.resolution(segments.exif),
        subsampling=subsampling,
        quantization=segments.quantization.found(),
        gain_map=kept,
        notices=(*photo.notices, *lost),
    )


def _text(comment: bytes) -> str:
    """A comment has no encoding of its own; most are ASCII."""
    try:
        return comment.decode()
    except UnicodeDecodeError:
        return comment.decode("latin-1")


_GAIN_MAPS = (b"hdrgm", b"HDRGainMap", b"urn:iso:std:iso:ts:21496")
"""What a second picture says that is a gain map: Google's and Adobe's, Apple's, ISO's."""


def _gain_map(
    data: bytes, segments: Segments, packet: bytes | None, photo: Photo
) -> GainMap | None:
    """The gain map that can be kept, looked for only where something tells of further pictures."""
    announced = xmp.has_gain_map(packet)
    if not data or not (announced or segments.gain_map or segments.multi_picture):
        return None
    from nightlift.photo import gain_map

    return gain_map.read(
        data, photo.pixels, segments.exif, announced=announced, iso=segments.gain_map
    )


def _extras(segments: Segments, packet: bytes | None, kept: GainMap | None) -> tuple[str, ...]:
    """What is in the file beside the picture and a gain map that is kept, a sentence each."""
    trailer = segments.trailer
    if kept is not None:
        trailer = trailer.replace(kept.picture, b"", 1)
    gain_map = segments.gain_map or xmp.has_gain_map(packet)
    gain_map = gain_map or any(mark in trailer for mark in _GAIN_MAPS)
    motion = xmp.has_motion(packet) or b"MotionPhoto_Data" in trailer or trailer[4:8] == b"ftyp"
    found = []
    if gain_map and kept is None:
        found.append(GAIN_MAP)
    if motion:
        found.append("the video of the motion photo was left out")
    several = (segments.multi_picture and kept is None) or b"\xff\xd8\xff" in trailer
    if several and (kept is not None or not gain_map):
        found.append("the further pictures in the file were left out")
    if not found and trailer.strip(b"\0\xff"):
        found.append(f"{len(trailer)} bytes after the picture's end were left out")
    return tuple(found)


def encode(
    photo: Photo, traveling: Traveling, quality: int, threads: int = 1
) -> list[bytes | memoryview]:
    """The pieces of a JPEG file. Alpha is not written; 16 bits and floats are rounded to 8."""
    if traveling.gain_map is not None:
        return _with_gain_map(photo, traveling, traveling.gain_map, quality, threads)
    if max(photo.pixels.shape) > MOST_SIDE:
        raise WriteError(
            f"a JPEG has at most {MOST_SIDE} pixels a side; write this photo as PNG or TIFF"
        )
    if photo.mode == "cmyk":
        inked = _encode_cmyk(photo, quality)
        picture, jfif = jpeg_segments.picture_of(inked)
        return [start_of(traveling, jfif), picture]
    compress = compressor(photo, quality)
    height, width = photo.pixels.shape[:2]
    if height * width < jpeg_strips.LARGE:
        picture, jfif = jpeg_segments.picture_of(compress(photo.pixels))
        return [start_of(traveling, jfif), picture]

    def rows(top: int, bottom: int) -> bytes:
        return compress(photo.pixels[top:bottom])

    pieces = jpeg_strips.encode(rows, height, width, units_of(photo), threads)
    return [start_of(traveling), *pieces]


def _with_gain_map(
    photo: Photo, traveling: Traveling, map: GainMap, quality: int, threads: int
) -> list[bytes | memoryview]:
    from nightlift.photo import gain_map

    second, packet = map.fitted(photo), traveling.xmp
    if map.announced:
        packet = gain_map.announcing(packet, len(second))
    first = encode(photo, traveling._replace(xmp=packet, gain_map=None), quality, threads)
    return gain_map.joined(first, second, map.iso)


def compressor(photo: Photo, quality: int) -> Callable[[Pixels], bytes]:
    """How rows of this photo become a JPEG: as gray, or with its own subsampling."""

    def gray(pixels: Pixels) -> bytes:
        plane = gray_of(to_8_bits(pixels))[..., np.newaxis]
        return _encode(np.ascontiguousarray(plane), quality, "GRAY", "Gray")

    def color(pixels: Pixels) -> bytes:
        return _encode(np.ascontiguousarray(to_8_bits(pixels)), quality, "RGB", units_of(photo))

    return gray if photo.mode == "gray" else color


def units_of(photo: Photo) -> str:
    """The subsampling that a photo is written with: its own, where it is a JPEG; gray has none."""
    own = photo.subsampling if photo.format == "jpeg" else "420"
    if photo.mode == "gray":
        return "444"
    return "420" if own is None else own if own in SUBSAMPLINGS else "444"


def start_of(traveling: Traveling, jfif: bool = True) -> bytes:
    """The start of a JPEG file: all that travels, before the first table."""
    return jpeg_segments.head(
        jfif=jfif,
        resolution=traveling.resolution,
        exif=traveling.exif,
        xmp=traveling.xmp,
        photoshop=photoshop.without_thumbnails(traveling.iptc) if traveling.iptc else None,
        icc=traveling.icc,
        comments=[text.encode() for _, text in traveling.texts],
    )


def _encode(pixels: Pixels, quality: int, space: str, subsampling: str) -> bytes:
    encoded: bytes = simplejpeg.encode_jpeg(
        pixels, quality=quality, colorspace=space, colorsubsampling=subsampling
    )
    return encoded


def _encode_cmyk(photo: Photo, quality: int) -> bytes:
    file, pixels = io.BytesIO(), to_8_bits(photo.pixels)
    cmyk.from_srgb(pixels, "cmyk", photo.icc, photo.inks).save(file, "JPEG", quality=quality)
    return file.getvalue()
