"""PNG: 8 bits by Pillow, 16 bits by OpenCV (Pillow cuts 16-bit color to 8), chunks by ourselves."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np

from nightlift.errors import WriteError
from nightlift.photo import cicp, jpeg_segments, opencv_images, photoshop, pillow_images, png_chunks
from nightlift.photo import exif as exif_blocks
from nightlift.photo.channels import Channels, joined, split, to_16_bits
from nightlift.photo.formats import check_size
from nightlift.photo.icc import DAMAGED_PROFILE
from nightlift.photo.metadata import Traveling
from nightlift.photo.photo import Photo, Pixels
from nightlift.photo.png_chunks import Chunks

_NOT_WHOLE = "texts that are damaged or very long were left out"
COMPRESSION = 4
"""zlib's level: half the time of the usual 6 for 1–2 % more bytes."""


def decode(data: bytes) -> Photo:
    """Read a PNG file; ReadError where it is cut off or damaged."""
    chunks = _with_raw_profiles(png_chunks.parse(data))
    check_size(chunks.width, chunks.height)
    if chunks.depth == 16:
        pixels, alpha, mode = _decode_16(chunks)
    else:
        image = pillow_images.load(pillow_images.open_image(chunks.still, "PNG"), "PNG")
        pixels, alpha, mode = pillow_images.channels_of(image)
    if chunks.transparent is not None:
        alpha = _around(pixels, chunks.transparent)
    icc, notices = _profile(chunks)
    if not chunks.whole:
        notices += (_NOT_WHOLE,)
    if chunks.left_out:
        notices += (f"left out: {', '.join(sorted(chunks.left_out))}",)
    if not chunks.ended:
        notices += ("the PNG lacks its end; the whole picture was read",)
    if chunks.trailer:
        notices += (f"{chunks.trailer} bytes after the picture's end were left out",)
    if chunks.animated:
        notices += ("only the first picture of the animation was read",)
    return Photo(
        pixels,
        alpha,
        mode,
        orientation=exif_blocks.orientation(chunks.exif),
        icc=icc,
        exif=chunks.exif,
        xmp=chunks.xmp,
        iptc=_resources(chunks.profiles.get("iptc")),
        texts=tuple(chunks.texts),
        resolution=chunks.resolution,
        format="png",
        notices=notices,
    )


def _profile(chunks: Chunks) -> tuple[bytes | None, tuple[str, ...]]:
    """The colors as a profile, by the chunk that counts most (section 4.3), and notices."""
    if chunks.icc is not None:
        return (chunks.icc, ()) if chunks.icc else (None, (DAMAGED_PROFILE,))
    if chunks.code_points != (2, 2):
        return cicp.profile(*chunks.code_points)
    if chunks.srgb or chunks.color_type not in (2, 3, 6):
        return None, ()
    return cicp.of_gamma(chunks.gamma, chunks.primaries)


def _with_raw_profiles(chunks: Chunks) -> Chunks:
    """With EXIF, XMP and ICC from texts, where the file has none in their own chunks."""
    exif, packet = chunks.profiles.get("exif"), chunks.profiles.get("xmp")
    if exif is not None and exif.startswith(jpeg_segments.XMP):  # both are APP1 in a JPEG
        packet = packet or exif.removeprefix(jpeg_segments.XMP)
        exif = None
    if exif is not None:
        exif = exif.removeprefix(jpeg_segments.EXIF)
    return replace(
        chunks,
        exif=_first(chunks.exif, exif),
        xmp=_first(chunks.xmp, packet),
        icc=_first(chunks.icc, chunks.profiles.get("icc")),
    )


def _first(own: bytes | None, packed: bytes | None) -> bytes | None:
    return packed if own is None else own


def _resources(iptc: bytes | None) -> bytes | None:
    """Photoshop resources of a raw profile, which may be bare records."""
    if not iptc:
        return None
    iptc = iptc.removeprefix(jpeg_segments.PHOTOSHOP)
    return photoshop.from_iptc(iptc) if iptc[:1] == b"\x1c" else iptc


def _around(pixels: Pixels, value: tuple[int, ...]) -> Pixels:
    """(H, W): 0 where a pixel has this gray or RGB value, else opaque."""
    same = np.all(pixels == np.array(value, np.uint32), axis=2)
    alpha: Pixels = np.where(same, 0, np.iinfo(pixels.dtype).max).astype(pixels.dtype)
    return alpha


def _decode_16(chunks: Chunks) -> Channels:
    """16 bits a channel; OpenCV gives gray with alpha as color with alpha."""
    array = opencv_images.decode(chunks.still, "PNG")
    return split(array[..., 2:] if chunks.color_type == 4 else array)


def encode(photo: Photo, traveling: Traveling) -> list[bytes | memoryview]:
    """The pieces of a PNG file of 8 bits, or 16 for uint16 and float32."""
    encoded = _encode_8(photo) if photo.pixels.dtype == np.uint8 else _encode_16(photo)
    return png_chunks.with_metadata(
        encoded,
        exif=traveling.exif,
        xmp=traveling.xmp,
        icc=traveling.icc,
        resolution=traveling.resolution,
        texts=traveling.texts,
        iptc=photoshop.without_thumbnails(traveling.iptc) if traveling.iptc else None,
    )


def _encode_8(photo: Photo) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    image = Image.fromarray(joined(photo.pixels, photo.alpha, photo.mode))
    image.save(file, "PNG", compress_level=COMPRESSION)
    return file.getvalue()


def _encode_16(photo: Photo) -> bytes:
    import cv2

    alpha = to_16_bits(photo.alpha) if photo.alpha is not None else None
    array: Pixels = joined(to_16_bits(photo.pixels), alpha, photo.mode)
    if array.ndim == 3 and array.shape[2] == 2:
        return png_chunks.gray_alpha_16(array.astype(">u2").tobytes(), *array.shape[:2])
    if array.ndim == 3:
        swap = cv2.COLOR_RGB2BGR if array.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
        array = cv2.cvtColor(array, swap)
    done, encoded = cv2.imencode(".png", array, [cv2.IMWRITE_PNG_COMPRESSION, COMPRESSION])
    if not done:
        raise WriteError("the PNG encoder refused this photo")
    return bytes(encoded)
