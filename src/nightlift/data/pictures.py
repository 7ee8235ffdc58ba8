"""One picture of a data set: its size, its pixels, and a small gray copy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from nightlift.data.srgb import encode
from nightlift.errors import ReadError
from nightlift.photo import (
    CLIPPED,
    LIGHT_NAMES,
    RAW_NAMES,
    Floats,
    Photo,
    Pixels,
    color,
    is_light,
    read,
    read_light,
    transposes,
    turn,
)

Bytes: TypeAlias = NDArray[np.uint8]

T = TypeVar("T")

GRAY_SIDE = 32
"""Side of the small gray copy, in pixels."""

_ORIENTATION = 0x0112
_EIGHT_BITS = {"1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr"}


def picture(path: Path) -> Bytes:
    """A picture upright, in sRGB.

    Args:
        path: The file.

    Returns:
        (H, W, 3) uint8.

    Raises:
        ReadError: It cannot be read; the sentence names the file.
    """
    return upright(read(path))


def deep(path: Path) -> Pixels:
    """A picture upright, in sRGB, at the file's own depth.

    Args:
        path: The file.

    Returns:
        (H, W, 3) uint8, uint16 or float32 in [0, 1].

    Raises:
        ReadError: It cannot be read, or holds values outside 0 to 1; the sentence names the file.
    """
    photo = read(path)
    if CLIPPED in photo.notices:
        raise ReadError(
            f"{path}: holds values outside 0 to 1; bring it into that range or, where it holds "
            "light above white, save that as Radiance (.hdr) or OpenEXR (.exr)"
        )
    return _upright(photo)


def reference(path: Path) -> Pixels:
    """A picture to compare with, upright, in sRGB, at the file's own depth.

    Radiance and OpenEXR pictures hold light, 1 what an SDR screen shows as white: it gets sRGB's
    tone curve, which goes on above 1.

    Args:
        path: The file.

    Returns:
        (H, W, 3) uint8, uint16, float32 in [0, 1] or, of light, float32 from 0 up.

    Raises:
        ReadError: It cannot be read, or a photo holds values outside 0 to 1; the sentence names
            the file.
        MissingExtraError: OpenEXR without its extra.
    """
    return encode(read_light(path)) if is_light(path) else deep(path)


def upright(photo: Photo) -> Bytes:
    """A photo turned upright, in sRGB.

    Args:
        photo: The photo.

    Returns:
        (H, W, 3) uint8.
    """
    return to_bytes(_upright(photo))


def _upright(photo: Photo) -> Pixels:
    pixels = color.to_srgb(photo.pixels, photo.icc) if photo.mode == "rgb" else photo.pixels
    return np.ascontiguousarray(turn(pixels, photo.orientation))


def shrunk(pixels: Bytes, size: int | None) -> Bytes:
    """A picture made smaller by area; never enlarged.

    Args:
        pixels: (H, W, 3) uint8.
        size: Most pixels of the long side; None: as it is.

    Returns:
        (h, w, 3) uint8.
    """
    height, width = pixels.shape[:2]
    if size is None or max(height, width) <= size:
        return pixels
    import cv2

    scale = size / max(height, width)
    shape = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(pixels, shape, interpolation=cv2.INTER_AREA), np.uint8)


def to_bytes(pixels: Pixels) -> Bytes:
    """Pixels of any depth as 8 bits over the whole range, rounded to the nearest.

    Args:
        pixels: uint8, uint16, or float32 in [0, 1].

    Returns:
        uint8 of the same shape; `pixels` itself where it is that.
    """
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return (np.clip(pixels, 0.0, 1.0) * np.float32(255) + np.float32(0.5)).astype(np.uint8)


def size(path: Path) -> tuple[int, int]:
    """The size of a picture, from the header where the format allows it.

    A header says nothing about damage further on, and a PNG's orientation is looked for before its
    pixels only.

    Args:
        path: The file.

    Returns:
        Height and width of the upright picture.

    Raises:
        ReadError: It cannot be read; the sentence names the file.
    """
    found = _by_pillow(path, _header_size)
    if found is not None:
        return found
    pixels = read_light(path) if is_light(path) else picture(path)
    return pixels.shape[0], pixels.shape[1]


def small_gray(path: Path) -> Floats:
    """The mean luma of each of 32 by 32 areas, upright.

    A JPEG is decoded at an eighth to one half of its size, which is several times faster; ICC
    profiles are passed over, and light above white is white.

    Args:
        path: The file.

    Returns:
        (32, 32) float32 in [0, 255].

    Raises:
        ReadError: It cannot be read; the sentence names the file.
    """
    import cv2

    gray = _by_pillow(path, _gray)
    if gray is None:
        pixels = to_bytes(reference(path)) if is_light(path) else picture(path)
        gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    small = cv2.resize(gray, (GRAY_SIDE, GRAY_SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _by_pillow(path: Path, read: Callable[[Image.Image], T | None]) -> T | None:
    """What `read` gives of the file; None where the reader of photos must decide or complain."""
    if path.suffix.lower() in RAW_NAMES | LIGHT_NAMES:
        return None  # Pillow would open the thumbnail
    try:
        with Image.open(path) as file:
            return read(file)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _header_size(file: Image.Image) -> tuple[int, int]:
    if isinstance(file, TiffImageFile):
        return _tiff_size(file)
    if file.format == "PNG" and "exif" not in file.info:
        return file.height, file.width  # getexif would decode the picture to look behind it
    turned = transposes(_orientation(file))
    return (file.width, file.height) if turned else (file.height, file.width)


def _tiff_size(file: TiffImageFile) -> tuple[int, int]:
    """From the tags themselves: whether Pillow's own size is upright depends on its version."""
    width, height = int(file.tag_v2[256]), int(file.tag_v2[257])
    turned = file.tag_v2.get(_ORIENTATION, 1) in (5, 6, 7, 8)
    return (width, height) if turned else (height, width)


def _gray(file: Image.Image) -> Floats | None:
    if file.mode not in _EIGHT_BITS or isinstance(file, TiffImageFile):
        return None
    file.draft("L", (4 * GRAY_SIDE, 4 * GRAY_SIDE))
    gray = np.asarray(file.convert("L"), np.float32)
    return np.ascontiguousarray(turn(gray, _orientation(file)))


def _orientation(file: Image.Image) -> int:
    tag = file.getexif().get(_ORIENTATION, 1)
    return tag if tag in range(1, 9) else 1
