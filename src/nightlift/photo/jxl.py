"""JPEG XL, read and written through OpenImageIO (extra `jxl`), its boxes by ourselves.

OpenImageIO takes files only: pictures go through one of our own, in a folder that vanishes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightlift.errors import MissingExtraError, ReadError, WriteError
from nightlift.photo import exif as exif_blocks
from nightlift.photo import icc as profiles
from nightlift.photo import jxl_boxes, jxl_header, xmp
from nightlift.photo.channels import CLIPPED, Channels, clean_floats, joined, split
from nightlift.photo.formats import check_size
from nightlift.photo.jxl_header import ALPHA, JxlHeader
from nightlift.photo.metadata import GAIN_MAP, Traveling, lossless_jxl
from nightlift.photo.photo import Photo
from nightlift.photo.pillow_images import decoding

EFFORT = 3
"""The encoder's, of 1 to 9: beyond it the processor's time grows faster than files shrink."""

LOSSLESS = 100
"""The quality at which nothing is lost."""

_BITS = (8, 16, 32)
_SRGB = 13
"""The transfer function of a picture that is not told to be another (ITU-T H.273)."""

_OWN_PROFILE = "the color profile was left out: colors were converted to those of sRGB"


def decode(data: bytes) -> Photo:
    """Read a JPEG XL picture, upright; ReadError where it is damaged, or of a kind not read."""
    file = jxl_boxes.parse(data)
    header = measured(file)
    spec, array = _decoded(data, header)
    channels, notices = _channels(array, header)
    if header.perceptual and header.profiled:
        notices += (_OWN_PROFILE,)
    if file.gain_map or xmp.has_gain_map(file.xmp):
        notices += (GAIN_MAP,)
    if file.left_out:
        notices += (f"left out: {', '.join(sorted(file.left_out))}",)
    exif = _exif(file.exif, header)
    return Photo(
        *channels,
        icc=_profile(spec, header),
        exif=exif,
        xmp=_xmp(file.xmp),
        resolution=exif_blocks.resolution(exif),
        format="jxl",
        lossless=not header.perceptual and not file.restorable,
        notices=notices,
    )


def measured(file: jxl_boxes.JxlFile) -> JxlHeader:
    """The header of a picture that can be read; ReadError says why one cannot."""
    header = jxl_header.parse(file.start)
    check_size(header.width, header.height)
    if header.animated:
        raise ReadError("this JPEG XL is an animation; expected one picture")
    if header.depth.bits not in _BITS:
        bits = header.depth.bits
        raise ReadError(f"this JPEG XL has {bits} bits a channel; those of 8, 16 and 32 are read")
    if len(header.channels) > 1 or any(one.kind != ALPHA for one in header.channels):
        raise ReadError("this JPEG XL has further channels, such as inks; expected gray or RGB")
    return header


def measure(data: bytes) -> tuple[int, int, int]:
    """Height, width (upright) and bytes a pixel on the way to `decode`'s, from the header alone.

    Whatever the depth, the decoder and the encoder work in floats.
    """
    header = measured(jxl_boxes.parse(data))
    return header.height, header.width, (3 + len(header.channels)) * 4


def openimageio() -> Any:
    """The library; MissingExtraError where it is not installed."""
    try:
        import OpenImageIO
    except ImportError:
        raise MissingExtraError("JPEG XL", "jxl") from None
    return OpenImageIO


def _decoded(data: bytes, header: JxlHeader) -> tuple[Any, NDArray[Any]]:
    """What the library says of the picture, and its channels."""
    library = openimageio()
    as_stored = library.ImageSpec()
    as_stored["oiio:UnassociatedAlpha"] = 1
    with decoding("JPEG XL"), _own_file() as path:
        path.write_bytes(data)
        reader = library.ImageInput.open(str(path), as_stored)
        library.geterror()  # what it says is for programmers, and would be printed
        if reader is None:
            raise ValueError
        spec = reader.spec()
        array: Any = reader.read_image(library.FLOAT if header.depth.float else spec.format)
        reader.geterror()
        reader.close()
        if array is None or array.shape[:2] != (header.height, header.width):
            raise ValueError
    return spec, array


@contextmanager
def _own_file() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="nightlift-") as folder:
        yield Path(folder) / "picture.jxl"


def _channels(array: NDArray[Any], header: JxlHeader) -> tuple[Channels, tuple[str, ...]]:
    notices: tuple[str, ...] = ()
    if header.depth.float:
        array, clipped = clean_floats(array)
        notices = (CLIPPED,) if clipped else ()
    channels = split(array)
    if channels.alpha is None or not header.channels[0].associated:
        return channels, notices
    return channels._replace(pixels=_divided(channels)), notices


def _divided(channels: Channels) -> NDArray[Any]:
    """Colors as they were before they were multiplied by alpha."""
    pixels, alpha = channels.pixels, channels.alpha
    assert alpha is not None
    most = 1.0 if pixels.dtype.kind == "f" else float(np.iinfo(pixels.dtype).max)
    colors = pixels * (most / np.maximum(alpha, most / 65535))[..., np.newaxis]
    half = 0.0 if pixels.dtype.kind == "f" else 0.5
    return np.asarray(np.minimum(colors + half, most).astype(pixels.dtype))


def _profile(spec: Any, header: JxlHeader) -> bytes | None:
    """The colors as a profile; None where they are sRGB's, or gray with its tone curve."""
    points = spec.getattribute("CICP")
    if not header.profiled and points and points[0] in (0, 1) and points[1] == _SRGB:
        return None
    icc = spec.getattribute("ICCProfile")
    return None if icc is None else np.asarray(icc, np.uint8).tobytes()


def _exif(block: bytes | None, header: JxlHeader) -> bytes | None:
    """The block, told that its photo stands upright: the picture's own turn has been applied."""
    if block is None or not exif_blocks.is_sound(block):
        return block
    return exif_blocks.with_size(
        exif_blocks.with_orientation(block, 1), header.width, header.height
    )


def _xmp(packet: bytes | None) -> bytes | None:
    if packet is None or not xmp.is_sound(packet):
        return packet
    return xmp.with_orientation(xmp.without_extras(packet), 1)


def encode(photo: Photo, traveling: Traveling, quality: int) -> list[bytes | memoryview]:
    """The pieces of a JPEG XL file of the photo's own depth; what was lossless stays so."""
    lossless = lossless_jxl(photo, traveling.icc, quality)
    encoded = _encoded(photo, traveling.icc, LOSSLESS if lossless else quality)
    if not lossless and jxl_header.parse(jxl_boxes.parse(encoded).start).profiled:
        encoded = _encoded(photo, traveling.icc, LOSSLESS)  # its curves were no numbers, either
    return jxl_boxes.assembled(encoded, traveling.exif, traveling.xmp)


def _encoded(photo: Photo, icc: bytes | None, quality: int) -> bytes:
    library = openimageio()
    gray = photo.mode == "gray" and photo.alpha is None
    if icc is not None:
        gray = gray and profiles.parse(icc).space == "GRAY"
    elif photo.pixels.dtype == np.float32:
        gray = False  # the encoder would call it linear
    array = joined(photo.pixels, photo.alpha, "gray" if gray else "rgb")
    array = array if array.ndim == 3 else array[..., np.newaxis]
    writer = library.ImageOutput.create("jpegxl")
    with _own_file() as path:
        done = (
            writer.open(str(path), _described(library, array, icc, quality))
            and writer.write_image(array)
            and writer.close()
        )
        writer.geterror()
        if not done:
            raise WriteError("the JPEG XL encoder refused this photo; write it as PNG or TIFF")
        return path.read_bytes()


def _described(library: Any, array: NDArray[Any], icc: bytes | None, quality: int) -> Any:
    """What the encoder is told: the array's channels and depth, its colors, how to pack them."""
    samples = {"uint8": library.UINT8, "uint16": library.UINT16, "float32": library.FLOAT}
    height, width, count = array.shape
    spec = library.ImageSpec(width, height, count, samples[array.dtype.name])
    spec["oiio:UnassociatedAlpha"] = 1
    spec["compression"] = f"jpegxl:{quality}"
    spec["jpegxl:effort"] = EFFORT
    spec["jpegxl:use_boxes"] = 0
    if icc is None:
        if count >= 3:  # gray is called so of itself
            spec["oiio:ColorSpace"] = "srgb_rec709_scene"
    else:
        one = library.TypeDesc(library.UINT8, library.SCALAR, library.NOSEMANTICS, len(icc))
        spec.attribute("ICCProfile", one, np.frombuffer(icc, np.uint8))
    return spec
